// @ts-check
/// <reference path="page.d.ts" />
// One case's world: a home, a feed, and an AppImage that lives there.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { layManifest, openFeedServer } from '../../test/fixtures/feed.mjs';
import { dataOf, seedData } from '../chaos/data.mjs';
import { withPages } from '../chaos/pages.mjs';
import { until } from '../chaos/poll.mjs';
import { processesOf } from '../chaos/processes.mjs';
import { copyFile, FEED_PORT } from './artifacts.mjs';

/** @typedef {import('./artifacts.mjs').Artifact} Artifact */
/** @typedef {Awaited<ReturnType<typeof openWorld>>} World */

const UI = 'http://127.0.0.1:5870/';
const START_MS = 120_000;
/** What is put beside the page's own things, where it changes nothing: it has to be there after the update. */
const KEPT = { 'kept-login': 'the login of v1', 'kept-conversations': 'the conversations of v1' };

/**
 * @param {object} setting
 * @param {NodeJS.ProcessEnv} setting.env with a screen
 * @param {string[]} setting.switches
 * @param {string} setting.python
 * @param {string} setting.key
 */
export async function openWorld({ env: machine, switches, python, key }) {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-update-'));
  const home = join(folder, 'home');
  const apps = join(folder, 'Apps');
  const feedFolder = join(folder, 'feed');
  for (const made of [home, apps, feedFolder, join(folder, 'tmp')]) mkdirSync(made);
  const feed = await openFeedServer(feedFolder, FEED_PORT);
  const file = join(apps, 'CachiBot.AppImage');
  const log = join(home, 'profile', 'logs', 'main.log');
  const { DATABASE_URL: _, ...inherited } = machine;
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...inherited,
    HOME: home,
    TMPDIR: join(folder, 'tmp'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    SCRIPTED_DIARY: join(folder, 'diary'),
    CACHIBOT_TELEMETRY_DISABLED: '1',
    // As root, who has no sandbox, and without the system's own way to mount a file.
    ELECTRON_DISABLE_SANDBOX: '1',
    APPIMAGE_EXTRACT_AND_RUN: '1',
  };
  /** @type {(() => unknown)[]} */
  const undo = [];

  const world = {
    folder,
    home,
    file,
    feed,
    feedFolder,
    env,
    switches,
    python,
    cache: join(folder, 'cache'),
    /** @param {() => unknown} step */
    after: step => void undo.push(step),

    /** The app on this machine, alone in its folder. @param {Artifact} artifact */
    install(artifact) {
      for (const name of readdirSync(apps)) rmSync(join(apps, name), { force: true });
      copyFile(artifact.file, file);
      chmodSync(file, 0o755);
    },

    /** What the feed offers. @param {Artifact} artifact @param {{ key?: string, date?: string }} [more] */
    offer(artifact, more = {}) {
      const name = `${artifact.version}/${basename(artifact.file)}`;
      mkdirSync(join(feedFolder, artifact.version), { recursive: true });
      copyFile(artifact.file, join(feedFolder, name));
      const blockMaps = artifact.blockMapSize === undefined ? {} : { [name]: artifact.blockMapSize };
      layManifest(feedFolder, { version: artifact.version, files: [name], key, blockMaps, ...more });
      return join(feedFolder, name);
    },

    /** Puts the person's things there before the first start. */
    seed: () => seedData({ home, user: undefined }, python),

    /** Starts whatever lies there, and waits until its page shows. @param {string} [program] @param {string[]} [more] */
    async start(program = file, more = switches) {
      rmSync(join(home, 'profile', 'DevToolsActivePort'), { force: true });
      const from = world.log().length;
      const args = [...more, '--remote-debugging-port=0', '--data', home];
      const child = spawn(program, args, { env, cwd: folder, stdio: 'ignore' });
      /** @type {Error | undefined} */
      let failed;
      child.once('error', error => {
        failed = error;
      });
      await until(
        'a ready server',
        () => {
          if (failed) throw failed;
          return world.log().slice(from).includes('"phase":"ready"');
        },
        { limitMs: START_MS, instead: () => world.log().slice(-600) },
      );
      await world.page();
    },

    log: () => readOrEmpty(log),

    /** The version that wrote the last first line. */
    version: () => [...world.log().matchAll(/ CachiBot (\d+\.\d+\.\d+)\S* .*; port \d+$/gm)].at(-1)?.[1],

    /** Waits until the page of the app that runs now is there. */
    page: () => world.inPage(page => page.evaluate(() => typeof window.electronAPI === 'object' || undefined)),

    /**
     * Does something in the page of the app.
     * @template Result
     * @param {(page: import('playwright-core').Page) => Promise<Result>} act
     */
    inPage(act) {
      return until(
        'the page of the app',
        async () => {
          const port = /^\d+/.exec(readOrEmpty(join(home, 'profile', 'DevToolsActivePort')))?.[0];
          if (port === undefined) return undefined;
          return withPages(`http://127.0.0.1:${port}`, async pages => {
            const page = pages.find(page => page.url().startsWith(UI));
            return page === undefined ? undefined : act(page);
          }).catch(error => {
            if (/ECONNREFUSED|closed|Timeout|context was destroyed/i.test(String(error))) return undefined;
            throw error;
          });
        },
        { limitMs: 60_000, pauseMs: 100 },
      );
    },

    /** The page keeps what it must still have later. */
    keep: () =>
      world.inPage(page =>
        page.evaluate(async kept => {
          for (const [name, text] of Object.entries(kept)) localStorage.setItem(name, text);
          await window.electronAPI.setSetting('updateChannel', 'stable');
          await window.electronAPI.setSetting('autoUpdateEnabled', false);
          return true;
        }, KEPT),
      ),

    /** Says that page and database still have everything; throws what is missing. */
    async intact() {
      const has = await world.inPage(page =>
        page.evaluate(async () => ({
          storage: Object.fromEntries(Object.entries(localStorage)),
          checks: await window.electronAPI.getSetting('autoUpdateEnabled', true),
        })),
      );
      for (const [name, text] of Object.entries(KEPT))
        if (has.storage[name] !== text) throw new Error(`The page has lost ${name}.`);
      if (has.checks !== false) throw new Error('A setting was lost.');
      return dataOf(home, python);
    },

    check: () => world.inPage(page => page.evaluate(() => window.electronAPI.checkForUpdate())),
    download: () => world.inPage(page => page.evaluate(() => window.electronAPI.downloadUpdate())),
    install_: () =>
      world.inPage(
        page =>
          page
            .evaluate(() => window.electronAPI.installUpdate())
            .then(() => true)
            .catch(() => true), // the page goes with the app
      ),

    /** Waits until another version has begun and is ready. @param {string} version */
    async updatedTo(version) {
      await until(
        `version ${version}, ready`,
        () => world.log().includes(`to ${version}, which is ready`) && world.version() === version,
        { limitMs: START_MS, instead: () => world.log().slice(-1_500) },
      );
      await world.page();
    },

    /** What was downloaded, whole or in parts, is gone. */
    forgetDownloads: () => rmSync(join(folder, 'cache'), { recursive: true, force: true }),

    sha512: () => createHash('sha512').update(readFileSync(file)).digest('base64'),
    record: () => JSON.parse(readOrEmpty(join(home, 'profile', 'update.json')) || '{}'),
    processes: () => processesOf(folder),
    shells: () => world.processes().filter(isShell),

    /** Quits as the system would, and waits. */
    async quit() {
      for (const { pid } of world.shells()) process.kill(pid, 'SIGTERM');
      await until('the end of the app', () => world.processes().length === 0, {
        limitMs: 60_000,
        instead: () => world.processes().map(({ words }) => words.join(' ').slice(0, 100)),
      });
    },

    /** Ends everything at once. */
    async kill() {
      for (const { pid } of world.processes()) killIfThere(pid);
      await until('the end of everything', () => world.processes().length === 0);
    },

    async close() {
      await world.kill();
      for (const step of undo.reverse()) await step();
      await feed.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return world;
}

/** A small disk of its own at a folder, until the case is over. @param {World} world @param {string} folder @param {string} size */
export function mountSmall(world, folder, size) {
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`A small disk could not be mounted: ${stderr}`);
  world.after(() => spawnSync('umount', ['-l', folder]));
}

/** The app's main process; not the one that unpacks it. @param {import('../chaos/processes.mjs').Process} process */
function isShell({ words }) {
  // Chromium writes its command line anew, as one word.
  const line = words.join(' ');
  return /^\S*\/(cachibot-desktop|electron) .*--data /.test(line) && !line.includes('--type=');
}

/** @param {number} pid */
function killIfThere(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/** @param {string} file */
function readOrEmpty(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
