/** The testbed of one update: a home, a feed, and the app installed in it. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { ElectronApi } from '../../desktop/ipc/core/contract';
import { switchesForMachine } from '../../scripts/run-electron.mjs';
import { openFeedServer, publishManifest } from '../fixtures/feed.mjs';
import { expectDataIntact, seedData } from './data';
import type { Build } from './linux-installers';
import { type Page, withPages } from './pages';
import { until } from './poll';
import { type Process, processesOf } from './processes';
import { requiredEnv } from './required-env';
import { FEED_PORT } from './test-feed';

declare global {
  interface Window {
    /** The bridge that the app gives its page. */
    electronAPI: ElectronApi;
  }
}

export type FeedServer = Awaited<ReturnType<typeof openFeedServer>>;

const UI = 'http://127.0.0.1:5870/';
const START_MS = 120_000;
const PAGE_MS = 60_000;
const QUIT_MS = 60_000;
/** Entries of the page's storage that do not affect the page. They must still exist after the update. */
const STORED = { 'kept-login': 'the login of v1', 'kept-conversations': 'the conversations of v1' };

export class UpdateTestbed {
  readonly folder = mkdtempSync(join(tmpdir(), 'cachibot-update-'));
  readonly home = join(this.folder, 'home');
  readonly apps = join(this.folder, 'Apps');
  readonly cache = join(this.folder, 'cache');
  /** Path of the installed AppImage. */
  readonly file = join(this.apps, 'CachiBot.AppImage');
  readonly python = requiredEnv('CACHIBOT_TEST_PYTHON');
  readonly switches = switchesForMachine({ args: [], env: process.env, say: () => {} });
  readonly env: NodeJS.ProcessEnv;
  readonly feed: FeedServer;
  readonly #feedFolder: string;
  readonly #key: string;
  readonly #profile = join(this.home, 'profile');
  readonly #cleanUps: (() => unknown)[] = [];

  private constructor(feed: FeedServer, feedFolder: string, key: string) {
    this.feed = feed;
    this.#feedFolder = feedFolder;
    this.#key = key;
    for (const made of [this.home, this.apps, join(this.folder, 'tmp')]) mkdirSync(made);
    const { DATABASE_URL: _, ...inherited } = process.env;
    this.env = {
      ...inherited,
      HOME: this.home,
      TMPDIR: join(this.folder, 'tmp'),
      XDG_CONFIG_HOME: join(this.home, '.config'),
      XDG_CACHE_HOME: this.cache,
      SCRIPTED_DIARY: join(this.folder, 'diary'),
      CACHIBOT_TELEMETRY_DISABLED: '1',
      // The tests run as root, where Chromium's sandbox does not work, and FUSE may be missing.
      ELECTRON_DISABLE_SANDBOX: '1',
      APPIMAGE_EXTRACT_AND_RUN: '1',
    };
  }

  /** @param key private key, PEM, that signs the feed's manifests */
  static async open(key: string): Promise<UpdateTestbed> {
    const feedFolder = mkdtempSync(join(tmpdir(), 'cachibot-feed-'));
    return new UpdateTestbed(await openFeedServer(feedFolder, FEED_PORT), feedFolder, key);
  }

  /** Adds a clean-up step. The steps run in reverse order. */
  onClose(step: () => unknown): void {
    this.#cleanUps.push(step);
  }

  /** Installs an AppImage, as the only file in its folder. */
  install(build: Build): void {
    for (const name of readdirSync(this.apps)) rmSync(join(this.apps, name), { force: true });
    cpSync(build.file, this.file, { preserveTimestamps: true });
    chmodSync(this.file, 0o755);
  }

  /** Publishes a build in the feed. @returns the path of its file there */
  offer(build: Build, more: { key?: string; date?: string } = {}): string {
    const name = `${build.version}/${basename(build.file)}`;
    mkdirSync(join(this.#feedFolder, build.version), { recursive: true });
    cpSync(build.file, join(this.#feedFolder, name), { preserveTimestamps: true });
    const blockMaps = build.blockMapSize === undefined ? {} : { [name]: build.blockMapSize };
    publishManifest(this.#feedFolder, { version: build.version, files: [name], key: this.#key, blockMaps, ...more });
    return join(this.#feedFolder, name);
  }

  /** Creates the user's data. Call it before the first start. */
  seed(): void {
    seedData({ home: this.home, user: undefined }, this.python);
  }

  /** Starts a program, the AppImage by default, and waits until the server is ready and the page is loaded. */
  async start(program = this.file, switches: readonly string[] = this.switches): Promise<void> {
    rmSync(join(this.#profile, 'DevToolsActivePort'), { force: true });
    const from = this.log().length;
    const args = [...switches, '--remote-debugging-port=0', '--data', this.home];
    const child = spawn(program, args, { env: this.env, cwd: this.folder, stdio: 'ignore' });
    let failed: Error | undefined;
    child.once('error', error => {
      failed = error;
    });
    await this.until(
      'a ready server',
      () => {
        if (failed) throw failed;
        return this.log().slice(from).includes('"phase":"ready"');
      },
      START_MS,
    );
    await this.page();
  }

  /** Polls a condition. The error contains the end of the app's log. */
  until<Answer>(what: string, check: () => Answer | Promise<Answer>, limitMs = START_MS) {
    return until(what, check, { limitMs, actual: () => this.log().slice(-1_500) });
  }

  log(): string {
    return readIfThere(join(this.#profile, 'logs', 'main.log'));
  }

  /** Version of the app that was started last, from the log. */
  version(): string | undefined {
    return [...this.log().matchAll(/ CachiBot (\d+\.\d+\.\d+)\S* .*; port \d+$/gm)].at(-1)?.[1];
  }

  /** Waits until the app's page is loaded. */
  async page(): Promise<void> {
    await this.inPage(page => page.evaluate(() => typeof window.electronAPI === 'object' || undefined));
  }

  /** Calls `act` with the app's page. Retries when the page closes meanwhile. */
  inPage<Result>(act: (page: Page) => Promise<Result>) {
    let last: unknown;
    const inCurrentPage = () =>
      this.#withPage(act).catch(error => {
        last = error;
        if (/ECONNREFUSED|closed|Timeout|context was destroyed/i.test(String(error))) return undefined;
        throw error;
      });
    const actual = () => `${last}\n${this.log().slice(-300)}`;
    return until('the page of the app', inCurrentPage, { limitMs: PAGE_MS, pauseMs: 100, actual });
  }

  /** Calls `act` with the app's page, without retrying. */
  async inPageOnce(act: (page: Page) => Promise<void>): Promise<void> {
    await this.page();
    const done = await this.#withPage(page => act(page).then(() => true));
    if (!done) throw new Error('The page of the app has closed.');
  }

  async #withPage<Result>(act: (page: Page) => Promise<Result>): Promise<Result | undefined> {
    const port = /^\d+/.exec(readIfThere(join(this.#profile, 'DevToolsActivePort')))?.[0];
    if (port === undefined) return undefined;
    return withPages(`http://127.0.0.1:${port}`, async pages => {
      const page = pages.find(each => each.url().startsWith(UI));
      return page === undefined ? undefined : act(page);
    });
  }

  /** Changes the page's storage and the settings. `expectIntact` checks both. */
  async store(): Promise<void> {
    await this.inPage(page =>
      page.evaluate(async stored => {
        for (const [name, text] of Object.entries(stored)) localStorage.setItem(name, text);
        await window.electronAPI.setSetting('updateChannel', 'stable');
        await window.electronAPI.setSetting('autoUpdateEnabled', false);
        return true;
      }, STORED),
    );
  }

  /**
   * Checks that the page's storage, the settings and the database are complete.
   * @throws Error that names what is missing
   */
  async expectIntact(): Promise<string> {
    const found = await this.inPage(page =>
      page.evaluate(async () => ({
        storage: Object.fromEntries(Object.entries(localStorage)),
        checks: await window.electronAPI.getSetting('autoUpdateEnabled', true),
      })),
    );
    for (const [name, text] of Object.entries(STORED))
      if (found.storage[name] !== text) throw new Error(`The page has lost ${name}.`);
    if (found.checks !== false) throw new Error('A setting was lost.');
    return expectDataIntact(this.home, this.python);
  }

  checkForUpdate() {
    return this.inPage(page => page.evaluate(() => window.electronAPI.checkForUpdate()));
  }

  downloadUpdate() {
    return this.inPage(page => page.evaluate(() => window.electronAPI.downloadUpdate()));
  }

  async installUpdate(): Promise<void> {
    await this.inPage(
      page =>
        page
          .evaluate(() => window.electronAPI.installUpdate())
          .then(() => true)
          .catch(() => true), // the page closes with the app
    );
  }

  /** Waits until the app has been updated to a version and is ready. */
  async untilUpdatedTo(version: string): Promise<void> {
    const isReady = () => this.log().includes(`to ${version}, which is ready`) && this.version() === version;
    await this.until(`version ${version}, ready`, isReady);
    await this.page();
  }

  /** Deletes complete and partial downloads. */
  deleteDownloads(): void {
    rmSync(this.cache, { recursive: true, force: true });
  }

  sha512(): string {
    return createHash('sha512').update(readFileSync(this.file)).digest('base64');
  }

  record() {
    return JSON.parse(readIfThere(join(this.#profile, 'update.json')) || '{}');
  }

  processes(): Process[] {
    return processesOf(this.folder);
  }

  shells(): Process[] {
    return this.processes().filter(isShell);
  }

  /** Sends SIGTERM to the app, and waits for the exit of every process. */
  async quit(): Promise<void> {
    for (const { pid } of this.shells()) process.kill(pid, 'SIGTERM');
    await until('the exit of the app', () => this.processes().length === 0, {
      limitMs: QUIT_MS,
      actual: () => this.processes().map(({ args }) => args.join(' ').slice(0, 100)),
    });
  }

  /** Kills every process, also those that start meanwhile, and waits for their exit. */
  async kill(): Promise<void> {
    const killAll = () => {
      for (const { pid } of this.processes()) killIfThere(pid);
      return this.processes().length === 0;
    };
    await until('the exit of every process', killAll, {
      actual: () => this.processes().map(({ pid, state, args }) => `${pid} ${state} ${args.join(' ').slice(0, 100)}`),
    });
  }

  async close(): Promise<void> {
    await this.kill();
    for (const step of this.#cleanUps.reverse()) await step();
    await this.feed.close();
    for (const folder of [this.folder, this.#feedFolder])
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Whether it is the app's main process, not the AppImage runtime that unpacks the app. */
function isShell({ args }: Process): boolean {
  // Chromium rewrites its command line as a single argument.
  const line = args.join(' ');
  return /^\S*\/(cachibot-desktop|electron) .*--data /.test(line) && !line.includes('--type=');
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just exited by itself.
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
