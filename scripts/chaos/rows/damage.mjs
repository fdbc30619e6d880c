// @ts-check
// Files that are not as they should be: the frozen server's, the shell's own, the person's database.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyApp } from '../apps.mjs';
import { databaseIn } from '../data.mjs';
import { failurePage, tryAgain, usable } from '../effects.mjs';
import { until } from '../poll.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */

/** A file in the frozen server. @param {Run} run @param {string} name */
const inBundle = (run, name) => join(run.app.resources, 'backend', name);

/**
 * The app that is damaged is a copy, whose other files are those of the other copies.
 * @param {string} name
 * @param {'scripted' | 'real'} server
 * @param {string} fault
 * @param {(run: Run) => string} damage returns what was done
 * @param {RegExp} words of the page
 * @returns {Row}
 */
function damagedServer(name, server, fault, damage, words) {
  return {
    name,
    server,
    phase: 'before',
    fault,
    expected: 'a page names the file and says what to do; after the repair Try again works',
    async inject(run) {
      const whole = run.app;
      run.app = copyApp(whole, join(run.folder, 'app'));
      const evidence = damage(run);
      run.start();
      return evidence;
    },
    async see(run) {
      const page = await failurePage(run, words);
      repair(run, server);
      return `${page}; ${await tryAgain(run)}`;
    },
  };
}

/** What was done to each is undone from what was kept. @type {WeakMap<Run, () => void>} */
const repairs = new WeakMap();

/** @param {Run} run @param {string} file @param {(file: string) => void} change */
function alter(run, file, change) {
  const { mode } = statSync(file);
  const content = readFileSync(file);
  // Anew: the same bytes on the disk are those of the other copies.
  rmSync(file);
  writeFileSync(file, content, { mode });
  change(file);
  repairs.set(run, () => {
    rmSync(file, { force: true });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode });
    chmodSync(file, mode);
  });
  return `${file} was changed`;
}

/** @param {Run} run @param {string} server */
function repair(run, server) {
  const mend = repairs.get(run);
  if (mend === undefined) throw new Error(`Nothing of the ${server} server was damaged.`);
  mend();
}

/** A library of the real server, which nothing can start without. @param {Run} run */
function aLibrary(run) {
  const folder = inBundle(run, '_internal');
  const name = readdirSync(folder).find(file => /^libpython.*\.so/.test(file));
  if (name === undefined) throw new Error('The bundle has no libpython.');
  return join(folder, name);
}

/**
 * @param {string} name
 * @param {string} file in the home
 * @param {string} fault
 * @param {(file: string) => void} damage
 * @param {RegExp} [logged] what the log says about it
 * @returns {Row}
 */
function damagedState(name, file, fault, damage, logged) {
  return {
    name,
    server: 'scripted',
    phase: 'before',
    fault,
    expected: `${logged ? 'it is set aside or passed over, and the log says so; ' : ''}the app starts as ever`,
    async inject(run) {
      const path = join(run.home, file);
      mkdirSync(dirname(path), { recursive: true });
      damage(path);
      run.start();
      return `${file} was there before the start`;
    },
    async see(run) {
      const seen = await usable(run);
      if (logged === undefined) return seen;
      const log = () => readFileSync(run.logFile, 'utf8');
      await until(`${logged} in the log`, () => logged.test(log()), { instead: log });
      return `${seen}; the log says ${logged.source}`;
    },
  };
}

/**
 * @param {string} name
 * @param {string} fault
 * @param {(home: string) => string} damage
 * @param {RegExp} words
 * @returns {Row}
 */
function damagedData(name, fault, damage, words) {
  return {
    name,
    server: 'real',
    phase: 'before',
    fault,
    expected: 'a page says so, nothing is touched; with the right data in its place Try again works',
    async inject(run) {
      const database = databaseIn(run.home);
      const good = readFileSync(database);
      const evidence = damage(run.home);
      const bad = readFileSync(database);
      repairs.set(run, () => {
        if (!readFileSync(database).equals(bad)) throw new Error('The database was changed.');
        writeFileSync(database, good);
        rmSync(join(run.home, '.cachibot', 'desktop.json'), { force: true });
      });
      run.start();
      return evidence;
    },
    async see(run) {
      const page = await failurePage(run, words);
      repair(run, 'real');
      return `${page}; ${await tryAgain(run)}`;
    },
  };
}

/** @type {Row[]} */
export const rows = [
  damagedServer(
    'damage-server-changed',
    'scripted',
    'one byte of the server’s program is another',
    run => alter(run, inBundle(run, 'cachibot-server'), file => writeFileSync(file, broken(file), { mode: 0o755 })),
    /Files of CachiBot are damaged[\s\S]*cachibot-server has been changed/,
  ),
  damagedServer(
    'damage-server-missing',
    'scripted',
    'a file of the server is missing',
    run => alter(run, inBundle(run, '_internal/base_library.zip'), file => rmSync(file)),
    /Files of CachiBot are damaged[\s\S]*base_library\.zip is missing/,
  ),
  damagedServer(
    'damage-server-no-program',
    'scripted',
    'the server’s program is missing, as an antivirus program would have it',
    run => alter(run, inBundle(run, 'cachibot-server'), file => rmSync(file)),
    /Files of CachiBot are damaged[\s\S]*cachibot-server is missing/,
  ),
  damagedServer(
    'damage-server-not-executable',
    'scripted',
    'the server’s program may not be executed',
    run => alter(run, inBundle(run, 'cachibot-server'), file => chmodSync(file, 0o644)),
    /cachibot-server may not be executed/,
  ),
  damagedServer(
    'damage-server-no-manifest',
    'scripted',
    'the list of the server’s files is missing',
    run => alter(run, inBundle(run, 'manifest.json'), file => rmSync(file)),
    /Files of CachiBot are damaged[\s\S]*manifest\.json is missing/,
  ),
  damagedServer(
    'damage-server-cut-real',
    'real',
    'the server’s Python library has lost its second half',
    run => alter(run, aLibrary(run), file => writeFileSync(file, readFileSync(file).subarray(0, 1_000_000))),
    /Files of CachiBot are damaged[\s\S]*libpython/,
  ),
  damagedServer(
    'damage-server-bytes-real',
    'real',
    'the first bytes of the server’s Python library are others',
    run => alter(run, aLibrary(run), file => writeFileSync(file, readFileSync(file).fill(0, 0, 64))),
    /Files of CachiBot are damaged[\s\S]*libpython\S* has been changed/,
  ),
  damagedState(
    'damage-settings-text',
    'profile/settings.json',
    'the settings are cut off in the middle',
    file => writeFileSync(file, '{ "updateChannel": "be'),
    /settings\.json: It is damaged/,
  ),
  damagedState(
    'damage-settings-binary',
    'profile/settings.json',
    'the settings are a megabyte of zeros',
    file => writeFileSync(file, Buffer.alloc(1_000_000)),
    /settings\.json: It is damaged/,
  ),
  damagedState(
    'damage-settings-values',
    'profile/settings.json',
    'the settings hold values that make no sense',
    file => writeFileSync(file, '{ "startLimitSeconds": -1, "updateChannel": ["beta"], "openV1": "yes" }'),
    /startLimitSeconds must be/,
  ),
  damagedState(
    'damage-settings-folder',
    'profile/settings.json',
    'there is a folder in place of the settings',
    file => mkdirSync(file),
    /settings\.json cannot be read/,
  ),
  damagedState(
    'damage-window',
    'profile/window.json',
    'the window’s place is no JSON',
    file => writeFileSync(file, 'x: 3, y: 4'),
    /window\.json: It is damaged/,
  ),
  damagedState('damage-window-nowhere', 'profile/window.json', 'the window was last a mile off the screen', file =>
    writeFileSync(file, '{ "bounds": { "x": 90000, "y": -90000, "width": 1, "height": 1e9 }, "background": "red;" }'),
  ),
  damagedState(
    'damage-last-failure',
    'profile/last-failure.json',
    'what is known of the last failure is no JSON',
    file => writeFileSync(file, '\0'),
  ),
  damagedState('damage-profile', 'profile/Preferences', 'Chromium’s own preferences are no JSON', file => {
    writeFileSync(file, '{{{');
    writeFileSync(join(dirname(file), 'Local State'), '{{{');
  }),
  damagedState(
    'damage-storage',
    'profile/Partitions/cachibot/Local Storage/leveldb/CURRENT',
    'the page’s storage is damaged',
    file => writeFileSync(file, 'MANIFEST-999999\n'),
  ),
  damagedData(
    'damage-database',
    'the database is no database',
    home => {
      writeFileSync(databaseIn(home), Buffer.alloc(100_000, 'not a database '));
      return 'cachibot.db was overwritten';
    },
    /The database is damaged/,
  ),
  damagedData(
    'damage-database-inside',
    'a page in the middle of the database is overwritten',
    home => {
      const content = readFileSync(databaseIn(home));
      content.fill('damage', 4096, 8192);
      writeFileSync(databaseIn(home), content);
      return 'the second page of cachibot.db was overwritten';
    },
    /The database is damaged/,
  ),
  damagedData(
    'newer-database',
    'the data was last used by a newer CachiBot, with another schema',
    home => {
      const record = { cachibot: '99.0.0', app: '99.0.0', schema: 'another' };
      writeFileSync(join(home, '.cachibot', 'desktop.json'), JSON.stringify(record));
      return 'desktop.json names version 99.0.0';
    },
    /belongs to a newer CachiBot/,
  ),
  {
    name: 'damage-workspace',
    server: 'scripted',
    phase: 'before',
    fault: 'a file stands where the folder for the person’s work belongs',
    expected: 'a page names it; when it is out of the way Try again works',
    async inject(run) {
      writeFileSync(join(run.home, 'CachiBot'), 'a file');
      run.start();
      return `${execFileSync('stat', ['-c', '%F', join(run.home, 'CachiBot')], { encoding: 'utf8' }).trim()} CachiBot`;
    },
    async see(run) {
      const page = await failurePage(run, /The folder for your work cannot be made/);
      rmSync(join(run.home, 'CachiBot'));
      return `${page}; ${await tryAgain(run)}`;
    },
  },
];

/** The same length, and no program any more. @param {string} file */
function broken(file) {
  return readFileSync(file, 'utf8').replace('process.argv.splice', 'process.argv.splicf');
}
