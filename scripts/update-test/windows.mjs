// @ts-check
// The ways from one version to another on Windows, by its own installer under wine.
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { layManifest, openFeedServer } from '../../test/fixtures/feed.mjs';
import { differences } from '../backend/manifest.mjs';
import { until } from '../chaos/poll.mjs';
import { processesOf } from '../chaos/processes.mjs';
import { openWine } from '../dist/windows-tools.mjs';
import { FEED_PORT } from './artifacts.mjs';
import { fetchedOf, SMALL } from './cases.mjs';

/** @typedef {Awaited<ReturnType<typeof import('./windows-app.mjs').packForWindows>>} Artifacts */
/** @typedef {Awaited<ReturnType<typeof openWindows>>} World */
/** @typedef {{ work: import('../setup/tool.mjs').Work, env: NodeJS.ProcessEnv, key: string }} Setting */

/**
 * @typedef {object} WindowsCase
 * @property {string} name
 * @property {string} expected
 * @property {(world: World, artifacts: Artifacts) => Promise<string>} windows says what was seen, throws what was wrong
 */

const LIMIT_MS = 180_000;
const UNINSTALL = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
/** The person's things: what the server keeps, what the shell does. */
const DATA = 'the conversations of v1';
const SETTINGS = { autoUpdateEnabled: false };

/** A Windows, a feed, and the person's things in it. @param {Setting} setting */
export async function openWindows({ work, env: screen, key }) {
  const { wine, env, close } = await openWine(work, screen);
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-update-'));
  const feed = await openFeedServer(folder, FEED_PORT);
  const person = join(String(env.WINEPREFIX), 'drive_c', 'users', process.env['USER'] ?? 'root');
  const programs = join(person, 'AppData', 'Local', 'Programs', 'CachiBot');
  const kept = join(person, 'AppData', 'Local', 'cachibot-desktop-updater');
  const profile = join(person, 'AppData', 'Roaming', 'CachiBot');
  const data = join(person, '.cachibot');
  const log = join(profile, 'logs', 'main.log');

  /** Runs a Windows program to its end. @param {string[]} words @returns {Promise<string>} */
  const run = (...words) =>
    new Promise((resolve, reject) => {
      const child = spawn(wine, words, { env, stdio: ['ignore', 'pipe', 'ignore'] });
      let said = '';
      child.stdout.on('data', text => (said += text));
      child.once('error', reject);
      child.once('close', code =>
        code === 0 ? resolve(said) : reject(new Error(`${words.join(' ')} ended with code ${code}: ${said}`)),
      );
    });

  const world = {
    feed,
    kept,
    programs,
    run,
    log: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
    record: () => JSON.parse(readFileSync(join(profile, 'update.json'), 'utf8')),
    /** The servers that run, by number. */
    servers: () =>
      processesOf(String(env.WINEPREFIX))
        .filter(({ words }) => /cachibot-server\.exe$/.test(words[0] ?? ''))
        .map(({ pid }) => pid),
    version: async () => /DisplayVersion\s+REG_SZ\s+(\S+)/.exec(await run('reg', 'query', UNINSTALL, '/s'))?.[1],

    /** @param {object} [more] settings */
    seed(more) {
      for (const made of [data, profile]) mkdirSync(made, { recursive: true });
      writeFileSync(join(data, 'cachibot.db'), DATA);
      writeFileSync(join(profile, 'settings.json'), JSON.stringify({ ...SETTINGS, ...more }));
    },

    /** Lays it into the feed, and returns its name there. @param {Artifacts['one']} artifact */
    lay({ version, file }) {
      const name = `${version}/${basename(file)}`;
      for (const end of ['', '.blockmap']) cpSync(file + end, join(folder, name + end));
      return name;
    },

    /** @param {Artifacts['one']} artifact */
    offer(artifact) {
      const name = world.lay(artifact);
      layManifest(folder, { version: artifact.version, files: [name], key, name: 'latest.yml' });
      return join(folder, name);
    },

    /** Starts what is installed. It looks for an update at once, and installs what it finds. */
    start() {
      spawn(wine, [join(programs, 'CachiBot.exe')], { env, stdio: 'ignore' });
    },

    /** @param {string} what @param {() => unknown} seen */
    until: (what, seen) => until(what, seen, { limitMs: LIMIT_MS, instead: () => world.log().slice(-2_000) }),

    async intact() {
      if (readFileSync(join(data, 'cachibot.db'), 'utf8') !== DATA) throw new Error('The data has changed.');
      const settings = JSON.parse(readFileSync(join(profile, 'settings.json'), 'utf8'));
      if (settings.autoUpdateEnabled !== false) throw new Error('A setting was lost.');
      return 'whole';
    },

    async quit() {}, // it ends with its Windows
    async close() {
      await close();
      await feed.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

/** @type {readonly WindowsCase[]} */
export const WINDOWS_CASES = [
  {
    name: 'Windows, by its installer',
    expected: `v2 is installed for at most ${100 * SMALL} % of the file and starts by itself, with everything of v1; v1’s installer is kept`,
    async windows(world, { one, two }) {
      await begin(world, one);
      world.lay(one); // its parts are known by its block map
      world.offer(two);
      world.start();
      await world.until('a server of v1', () => world.servers().length === 1);
      const [before] = world.servers();
      await world.until('v2, ready', () => /update: from 1\.0\.0 to 2\.0\.0, which is ready/.test(world.log()));
      const version = await world.version();
      if (version !== '2.0.0') throw new Error(`Windows says that ${version} is installed.`);
      const wrong = differences(join(world.programs, 'resources', 'backend'));
      if (wrong.length > 0) throw new Error(`The server of v2 is not as it was packed: ${wrong.join(', ')}`);
      const now = world.servers();
      if (now.length !== 1 || now[0] === before) throw new Error(`Servers run: ${now.join(', ')}; v1’s was ${before}.`);
      if (!/ Copied .*"phase":"stopped".*2\.0\.0 is in the place of 1\.0\.0.* CachiBot 2\.0\.0/s.test(world.log()))
        throw new Error(`It was another order than copy, stop, hand over, v2: ${world.log()}`);
      if (!lastRun(world.log()).includes(`found: ${DATA}`)) throw new Error('v2 has not found the data.');
      if (!readFileSync(join(world.kept, 'previous-1.0.0.exe')).equals(readFileSync(one.file)))
        throw new Error('The installer of v1 was not kept.');
      if (!world.record().passage.backup) throw new Error('There is no copy of the data.');
      return `${fetchedOf(world, statSync(two.file), SMALL)} fetched, Windows says 2.0.0, which runs`;
    },
  },
  {
    name: 'Windows, at quit, and started again meanwhile',
    expected: 'v2 is installed and begun, although it was a quit',
    async windows(world, { one, two }) {
      await begin(world, one, { autoInstallUpdates: true });
      world.offer(two);
      world.start();
      await world.until('v2, ready', () => /update: from 1\.0\.0 to 2\.0\.0, which is ready/.test(world.log()));
      if (!world.log().includes('comes back: true')) throw new Error('It was not a quit.');
      return 'v2 runs';
    },
  },
  {
    name: 'Windows, one byte changed',
    expected: 'the reason is told, v1 goes on',
    async windows(world, { one, two }) {
      await begin(world, one);
      const file = world.offer(two);
      const bytes = readFileSync(file);
      const at = Math.round(bytes.length / 2);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(file, bytes);
      world.start();
      await world.until('the reason', () => /downloading it failed: What was downloaded is damaged/.test(world.log()));
      const version = await world.version();
      if (version !== '1.0.0' || world.servers().length !== 1) throw new Error(`${version}; ${world.servers()}`);
      if (readdirSync(world.kept).some(name => name.startsWith('previous-'))) throw new Error('It was begun.');
      return 'refused, v1 goes on';
    },
  },
];

/** @param {World} world @param {Artifacts['one']} artifact @param {object} [more] settings */
async function begin(world, artifact, more = {}) {
  await world.run(artifact.file, '/S');
  world.seed(more);
}

/** @param {string} log */
function lastRun(log) {
  return log.slice(log.lastIndexOf(' CachiBot '));
}
