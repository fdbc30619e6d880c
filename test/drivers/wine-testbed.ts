/** The testbed of one update on Windows: a wine prefix with the user's data, and a feed. */

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openWine } from '../../scripts/offline/windows-tools.mjs';
import type { Work } from '../../scripts/setup/tool.mjs';
import { openFeedServer, publishManifest } from '../fixtures/feed.mjs';
import { until } from './poll';
import { processesOf } from './processes';
import { requiredEnv } from './required-env';
import { FEED_PORT } from './test-feed';
import type { FeedServer } from './update-testbed';
import type { WindowsBuild } from './wine-installers';

const LIMIT_MS = 180_000;
const UNINSTALL = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
const root = join(__dirname, '..', '..');

/** Content of the user's database. */
export const DATA = 'the conversations of v1';
const SETTINGS = { autoUpdateEnabled: false };

type Wine = Awaited<ReturnType<typeof openWine>>;

export class WineTestbed {
  readonly feed: FeedServer;
  /** Name of the user. */
  readonly user: string;
  /** Folder of the installed app. */
  readonly programs: string;
  /** The updater's folder, which contains the installer of the old version. */
  readonly updaterFolder: string;
  /** The user's data. */
  readonly data: string;
  readonly #wine: Wine;
  readonly #feedFolder: string;
  readonly #key: string;
  readonly #profile: string;

  private constructor(wine: Wine, feed: FeedServer, feedFolder: string, key: string) {
    this.#wine = wine;
    this.feed = feed;
    this.#feedFolder = feedFolder;
    this.#key = key;
    this.user = process.env['USER'] ?? 'root';
    const user = this.unixPath(`C:\\users\\${this.user}`);
    this.programs = join(user, 'AppData', 'Local', 'Programs', 'CachiBot');
    this.updaterFolder = join(user, 'AppData', 'Local', 'cachibot-desktop-updater');
    this.#profile = join(user, 'AppData', 'Roaming', 'CachiBot');
    this.data = join(user, '.cachibot');
  }

  /**
   * @param key private key, PEM, that signs the feed's manifests
   * @param openDrive creates a drive on which the app's server runs
   */
  static async open(key: string, openDrive: (work: Work) => Promise<Wine> = openWine): Promise<WineTestbed> {
    const logFile = join(requiredEnv('CACHIBOT_TEST_OUTPUT'), 'wine.log');
    const wine = await openDrive({ root, title: 'wine', logFile, say: () => {} });
    const feedFolder = mkdtempSync(join(tmpdir(), 'cachibot-feed-'));
    return new WineTestbed(wine, await openFeedServer(feedFolder, FEED_PORT), feedFolder, key);
  }

  /** Runs a Windows program. @returns its stdout */
  run(...args: readonly string[]): Promise<string> {
    const { wine, env } = this.#wine;
    return new Promise((resolve, reject) => {
      const child = spawn(wine, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
      let output = '';
      child.stdout.on('data', text => (output += text));
      child.once('error', reject);
      child.once('close', code => {
        if (code === 0) resolve(output);
        else reject(new Error(`${args.join(' ')} exited with code ${code}: ${output}`));
      });
    });
  }

  /** Installs a build, and creates the user's settings, and data that only the fake server accepts. */
  async install(build: WindowsBuild, settings: object = {}): Promise<void> {
    await this.installWithoutData(build, settings);
    mkdirSync(this.data, { recursive: true });
    writeFileSync(join(this.data, 'cachibot.db'), DATA);
  }

  async installWithoutData({ file }: WindowsBuild, settings: object = {}): Promise<void> {
    await this.run(file, '/S');
    mkdirSync(this.#profile, { recursive: true });
    writeFileSync(join(this.#profile, 'settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
  }

  /** Copies a build and its block map into the feed's folder. @returns its name there */
  copyToFeed({ version, file }: WindowsBuild): string {
    const name = `${version}/${basename(file)}`;
    for (const end of ['', '.blockmap']) cpSync(file + end, join(this.#feedFolder, name + end));
    return name;
  }

  /** Publishes a build in the feed. @returns the path of its file there */
  offer(build: WindowsBuild): string {
    const name = this.copyToFeed(build);
    publishManifest(this.#feedFolder, { version: build.version, files: [name], key: this.#key, name: 'latest.yml' });
    return join(this.#feedFolder, name);
  }

  /** The command and the environment that run a Windows program on this drive. */
  get wine(): Pick<Wine, 'wine' | 'env'> {
    return this.#wine;
  }

  /** Starts the installed app. It checks for an update at once, and installs one that is available. */
  start(): void {
    const { wine, env } = this.#wine;
    spawn(wine, [join(this.programs, 'CachiBot.exe')], { env, stdio: 'ignore' });
  }

  /** Kills the app, without its server. */
  killApp(): void {
    for (const { pid, args } of processesOf(this.#wine.env.WINEPREFIX))
      if (/CachiBot\.exe$/.test(args[0] ?? '')) process.kill(pid, 'SIGKILL');
  }

  /** Returns where Linux finds a file of drive C. */
  unixPath(path: string): string {
    return join(this.#wine.env.WINEPREFIX, 'drive_c', path.replace(/^C:/i, '').replaceAll('\\', '/'));
  }

  log(): string {
    const log = join(this.#profile, 'logs', 'main.log');
    return existsSync(log) ? readFileSync(log, 'utf8') : '';
  }

  record() {
    return JSON.parse(readFileSync(join(this.#profile, 'update.json'), 'utf8'));
  }

  /** PIDs of the running servers. */
  servers(): number[] {
    return processesOf(this.#wine.env.WINEPREFIX)
      .filter(({ args }) => /cachibot-server\.exe$/.test(args[0] ?? ''))
      .map(({ pid }) => pid);
  }

  /** The version in Windows' list of programs. */
  async version(): Promise<string | undefined> {
    return /DisplayVersion\s+REG_SZ\s+(\S+)/.exec(await this.run('reg', 'query', UNINSTALL, '/s'))?.[1];
  }

  /** Polls a condition. The error contains the end of the app's log. */
  until(what: string, check: () => boolean) {
    return until(what, check, { limitMs: LIMIT_MS, actual: () => this.log().slice(-2_000) });
  }

  async expectIntact(): Promise<string> {
    if (readFileSync(join(this.data, 'cachibot.db'), 'utf8') !== DATA) throw new Error('The data has changed.');
    const settings = JSON.parse(readFileSync(join(this.#profile, 'settings.json'), 'utf8'));
    if (settings.autoUpdateEnabled !== false) throw new Error('A setting was lost.');
    return 'intact';
  }

  async quit(): Promise<void> {} // wine's exit ends the app

  async close(): Promise<void> {
    await this.#wine.close();
    await this.feed.close();
    rmSync(this.#feedFolder, { recursive: true, force: true });
  }
}
