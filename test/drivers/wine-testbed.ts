/** The testbed of one update on Windows: a Windows of its own under wine, a feed, and the user's data in it. */

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openWine } from '../../scripts/offline/windows-tools.mjs';
import { layManifest, openFeedServer } from '../fixtures/feed.mjs';
import { given } from './given';
import { until } from './poll';
import { processesOf } from './processes';
import { FEED_PORT } from './test-feed';
import type { FeedServer } from './update-testbed';
import type { WindowsBuild } from './wine-installers';

const LIMIT_MS = 180_000;
const UNINSTALL = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
const root = join(__dirname, '..', '..');

/** The content of the user's database, and their settings. */
export const DATA = 'the conversations of v1';
const SETTINGS = { autoUpdateEnabled: false };

type Wine = Awaited<ReturnType<typeof openWine>>;

export class WineTestbed {
  readonly feed: FeedServer;
  /** Where the app is installed. */
  readonly programs: string;
  /** The updater's folder, with the installer of the old version. */
  readonly kept: string;
  readonly #wine: Wine;
  readonly #feedFolder: string;
  readonly #key: string;
  readonly #profile: string;
  readonly #data: string;

  private constructor(wine: Wine, feed: FeedServer, feedFolder: string, key: string) {
    this.#wine = wine;
    this.feed = feed;
    this.#feedFolder = feedFolder;
    this.#key = key;
    const user = join(wine.env.WINEPREFIX, 'drive_c', 'users', process.env['USER'] ?? 'root');
    this.programs = join(user, 'AppData', 'Local', 'Programs', 'CachiBot');
    this.kept = join(user, 'AppData', 'Local', 'cachibot-desktop-updater');
    this.#profile = join(user, 'AppData', 'Roaming', 'CachiBot');
    this.#data = join(user, '.cachibot');
  }

  /** @param key private, in PEM; signs what the feed offers */
  static async open(key: string): Promise<WineTestbed> {
    const logFile = join(given('CACHIBOT_TEST_OUTPUT'), 'wine.log');
    const wine = await openWine({ root, title: 'wine', logFile, say: () => {} });
    const feedFolder = mkdtempSync(join(tmpdir(), 'cachibot-feed-'));
    return new WineTestbed(wine, await openFeedServer(feedFolder, FEED_PORT), feedFolder, key);
  }

  /** Runs a Windows program to its end. @returns what it wrote to stdout */
  run(...words: readonly string[]): Promise<string> {
    const { wine, env } = this.#wine;
    return new Promise((resolve, reject) => {
      const child = spawn(wine, words, { env, stdio: ['ignore', 'pipe', 'ignore'] });
      let said = '';
      child.stdout.on('data', text => (said += text));
      child.once('error', reject);
      child.once('close', code => {
        if (code === 0) resolve(said);
        else reject(new Error(`${words.join(' ')} exited with code ${code}: ${said}`));
      });
    });
  }

  /** Installs a build, and puts the user's data there. */
  async install({ file }: WindowsBuild, settings: object = {}): Promise<void> {
    await this.run(file, '/S');
    for (const made of [this.#data, this.#profile]) mkdirSync(made, { recursive: true });
    writeFileSync(join(this.#data, 'cachibot.db'), DATA);
    writeFileSync(join(this.#profile, 'settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
  }

  /** Lays a build into the feed. @returns its name there */
  lay({ version, file }: WindowsBuild): string {
    const name = `${version}/${basename(file)}`;
    for (const end of ['', '.blockmap']) cpSync(file + end, join(this.#feedFolder, name + end));
    return name;
  }

  /** Offers a build in the feed. @returns its file there */
  offer(build: WindowsBuild): string {
    const name = this.lay(build);
    layManifest(this.#feedFolder, { version: build.version, files: [name], key: this.#key, name: 'latest.yml' });
    return join(this.#feedFolder, name);
  }

  /** Starts what is installed. It looks for an update at once, and installs what it finds. */
  start(): void {
    const { wine, env } = this.#wine;
    spawn(wine, [join(this.programs, 'CachiBot.exe')], { env, stdio: 'ignore' });
  }

  log(): string {
    const log = join(this.#profile, 'logs', 'main.log');
    return existsSync(log) ? readFileSync(log, 'utf8') : '';
  }

  record() {
    return JSON.parse(readFileSync(join(this.#profile, 'update.json'), 'utf8'));
  }

  /** The process ids of the servers that run. */
  servers(): number[] {
    return processesOf(this.#wine.env.WINEPREFIX)
      .filter(({ words }) => /cachibot-server\.exe$/.test(words[0] ?? ''))
      .map(({ pid }) => pid);
  }

  /** The version that Windows lists. */
  async version(): Promise<string | undefined> {
    return /DisplayVersion\s+REG_SZ\s+(\S+)/.exec(await this.run('reg', 'query', UNINSTALL, '/s'))?.[1];
  }

  /** Waits for something the app does; the error then has the end of its log. */
  until(what: string, ask: () => boolean) {
    return until(what, ask, { limitMs: LIMIT_MS, instead: () => this.log().slice(-2_000) });
  }

  async intact(): Promise<string> {
    if (readFileSync(join(this.#data, 'cachibot.db'), 'utf8') !== DATA) throw new Error('The data has changed.');
    const settings = JSON.parse(readFileSync(join(this.#profile, 'settings.json'), 'utf8'));
    if (settings.autoUpdateEnabled !== false) throw new Error('A setting was lost.');
    return 'whole';
  }

  async quit(): Promise<void> {} // the app ends with its Windows

  async close(): Promise<void> {
    await this.#wine.close();
    await this.feed.close();
    rmSync(this.#feedFolder, { recursive: true, force: true });
  }
}
