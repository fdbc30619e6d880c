/** Runs a packed app in a home of its own, controls its scripted server, and observes it from the outside. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UnpackedApp } from '../../scripts/dist/unpacked-app.mjs';
import { phaseOf, type State, statesIn } from './logged-states';
import { type Page, type ShownPage, shownPages, withPages } from './pages';
import { until } from './poll';
import { childrenOf, isAlive, type Process, processesOf, type Role, readProcess } from './processes';
import { readOrEmpty } from './still-running';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** One event that the scripted server records. */
export interface DiaryEntry {
  event: string;
  pid: number;
  path?: string;
}

/** A step before which the scripted server can be made to wait. */
export type Step = 'bind' | 'ready' | 'exit';

export interface RunOptions {
  server: 'scripted' | 'real';
  app: UnpackedApp;
  env: NodeJS.ProcessEnv;
  /** Command-line switches of Electron that this machine needs. */
  switches: readonly string[];
  /** A Python interpreter with the server's packages. */
  python: string;
  /** The user id that the app runs as and that owns the home, if not root. */
  user?: number | undefined;
}

const QUIT_MS = 30_000;
const OUTPUT_CHARACTERS = 200_000;

/** Runs that are not closed yet. */
const open = new Set<AppRun>();

// A worker that is disconnected from vitest or receives a signal kills everything its runs started.
for (const event of ['disconnect', 'SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(event, () => {
    for (const run of open) run.killNow();
    process.exit(1);
  });

export class AppRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'cachibot-run-'));
  readonly home = join(this.folder, 'home');
  readonly temporary = join(this.folder, 'tmp');
  readonly logFile = join(this.home, 'profile', 'logs', 'main.log');
  readonly server: 'scripted' | 'real';
  readonly python: string;
  readonly user: number | undefined;
  /** The app to start. A scenario may replace it before the start. */
  app: UnpackedApp;
  readonly env: NodeJS.ProcessEnv;

  readonly #options: RunOptions;
  readonly #orders = join(this.folder, 'orders');
  readonly #diary = join(this.folder, 'diary');
  readonly #portFile = join(this.home, 'profile', 'DevToolsActivePort');
  readonly #cleanUps: (() => unknown)[] = [];
  #child: ChildProcess | undefined;
  #exit: Promise<Exit> | undefined;
  #output = '';

  constructor(options: RunOptions) {
    this.#options = options;
    this.server = options.server;
    this.app = options.app;
    this.python = options.python;
    this.user = options.user;
    const folders = [this.home, this.temporary, this.#orders];
    for (const folder of folders) mkdirSync(folder);
    if (this.user !== undefined)
      for (const folder of [this.folder, ...folders]) chownSync(folder, this.user, this.user);
    const { DATABASE_URL: _, ...inherited } = options.env;
    this.env = {
      ...inherited,
      // As from a terminal: the files of this machine's login shell are not read.
      TERM: 'xterm',
      HOME: this.home,
      TMPDIR: this.temporary,
      XDG_CONFIG_HOME: join(this.home, '.config'),
      XDG_CACHE_HOME: join(this.home, '.cache'),
      SCRIPTED_DIARY: this.#diary,
      SCRIPTED_ORDERS: this.#orders,
      CACHIBOT_TELEMETRY_DISABLED: '1',
      // Chromium's sandbox does not work as root, and the machine may forbid it to other users.
      ...(this.user === undefined ? {} : { CACHIBOT_DESKTOP_WITHOUT_SANDBOX: '1' }),
    };
    open.add(this);
  }

  /** Creates a second run with a home of its own, optionally as another user. It is closed with this run. */
  another(change: Partial<RunOptions>): AppRun {
    const other = new AppRun({ ...this.#options, ...change });
    this.onClose(() => other.close());
    return other;
  }

  /** Adds a clean-up step. The steps run in reverse order. */
  onClose(step: () => unknown): void {
    this.#cleanUps.push(step);
  }

  /** Writes the app's settings file. Call it before the start. */
  writeSettings(settings: object): void {
    mkdirSync(join(this.home, 'profile'), { recursive: true });
    writeFileSync(join(this.home, 'profile', 'settings.json'), JSON.stringify(settings));
  }

  /** Makes the scripted server wait before a step until `unblock`. */
  blockAt(step: Step): void {
    writeFileSync(join(this.#orders, step), '');
  }

  unblock(...steps: Step[]): void {
    for (const step of steps) rmSync(join(this.#orders, step), { force: true });
  }

  /** Sets the scripted server's modes, separated by commas, from its next start on. */
  setModes(modes: string): void {
    writeFileSync(join(this.#orders, 'modes'), modes);
  }

  diary(): DiaryEntry[] {
    return linesOf(readOrEmpty(this.#diary, 'utf8')).map(line => JSON.parse(line));
  }

  start(): ChildProcess {
    this.#output = '';
    rmSync(this.#portFile, { force: true });
    const as = this.user === undefined ? [] : asUser(this.user);
    const app = [this.app.executable, ...this.#options.switches, '--remote-debugging-port=0', '--data', this.home];
    const [program = '', ...args] = [...as, ...app];
    const child = spawn(program, args, { env: this.env, cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_CHARACTERS);
      });
    this.#child = child;
    this.#exit = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.#exit.catch(() => {}); // the caller of exit() handles the error
    return child;
  }

  /** Starts a second app on the same home, and waits for its exit. */
  launchSecond(args: readonly string[] = []): Promise<Exit & { output: string }> {
    return new Promise((resolve, reject) => {
      const second = spawn(this.app.executable, [...this.#options.switches, '--data', this.home, ...args], {
        env: this.env,
        cwd: this.folder,
      });
      let output = '';
      for (const stream of [second.stdout, second.stderr]) stream.on('data', text => (output += text));
      second.once('error', reject);
      second.once('close', (code, signal) => resolve({ code, signal, output }));
    });
  }

  /** Resolves when the process started last has exited. */
  exit(): Promise<Exit> {
    if (this.#exit === undefined) throw new Error('Nothing was started.');
    return this.#exit;
  }

  /** The last 200,000 characters that the app wrote to stdout and stderr. */
  output(): string {
    return this.#output;
  }

  /** Every server state in the log, oldest first. */
  states(): State[] {
    return statesIn(readOrEmpty(this.logFile, 'utf8'));
  }

  /** The last three states, for an error message. */
  lastStates(): State[] {
    return this.states().slice(-3);
  }

  phase(): string {
    return phaseOf(this.states().at(-1));
  }

  untilState(phase: string, limitMs = 60_000): Promise<State> {
    return until(`state ${phase}`, () => this.states().find(state => state.phase === phase), {
      limitMs,
      pauseMs: 5,
      actual: () => this.lastStates(),
    });
  }

  processes(role?: Role): Process[] {
    return processesOf(this.home).filter(process => role === undefined || process.role === role);
  }

  /** Waits for a process with that role, and returns it. */
  process(role: Role): Promise<Process> {
    return until(`a ${role} process`, () => this.#findQuickly(role) ?? this.processes(role)[0], { pauseMs: 5 });
  }

  /** Finds the shell or the server without reading every process of the machine. */
  #findQuickly(role: Role): Process | undefined {
    const shell = this.#child?.pid === undefined ? undefined : readProcess(this.#child.pid);
    if (shell === undefined || shell.state === 'Z') return undefined;
    const near = role === 'server' ? childrenOf(shell.pid) : [shell];
    return near.find(process => process.role === role && process.state !== 'Z');
  }

  /** The open pages and their text. */
  async pages(): Promise<ShownPage[]> {
    return shownPages(await this.#debuggingAddress());
  }

  untilShown(words: RegExp, options: { limitMs?: number } = {}): Promise<ShownPage> {
    const shown = async () => (await this.pages().catch(() => [])).find(({ text }) => words.test(text));
    const actual = () => this.pages().catch(String);
    return until(`a page with ${words}`, shown, { ...options, pauseMs: 100, actual });
  }

  /** Calls `use` with the page whose address starts with `address`. */
  async onPage<Result>(address: string, use: (page: Page) => Promise<Result>): Promise<Result> {
    return withPages(await this.#debuggingAddress(), pages => {
      const page = pages.find(candidate => candidate.url().startsWith(address));
      if (page === undefined) throw new Error(`There is no page at ${address}.`);
      return use(page);
    });
  }

  /** Address of the debugging port of the app started last. A relaunched app writes it to its profile only. */
  #debuggingAddress(): Promise<string> {
    return until('the debugging port', () => {
      const [port, path] = linesOf(readOrEmpty(this.#portFile));
      return path ? `ws://127.0.0.1:${port}${path}` : /DevTools listening on (\S+)/.exec(this.#output)?.[1];
    });
  }

  /**
   * Sends SIGTERM to the app, as the system does, and waits until it has exited.
   * @returns the exit of the started process; undefined if the app has relaunched itself since
   */
  async quit(): Promise<Exit | undefined> {
    const shells = this.processes('shell');
    for (const { pid } of shells) process.kill(pid, 'SIGTERM');
    await until('the exit of the app', () => shells.every(shell => !isAlive(shell)), { limitMs: QUIT_MS });
    return shells.some(({ pid }) => pid === this.#child?.pid) ? this.exit() : undefined;
  }

  /** Runs the clean-up steps, kills every process of the run, and removes its folder. */
  async close(): Promise<void> {
    open.delete(this);
    for (const step of this.#cleanUps.reverse()) await step();
    await until('the exit of every process of the run', () => this.#kill() === 0);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Kills every process and removes the folder synchronously, because this process is about to exit. */
  killNow(): void {
    this.#kill();
    // A disk mounted in the folder cannot be removed; it disappears with this process's mount namespace.
    spawnSync('rm', ['-rf', this.folder]);
  }

  /** Sends SIGKILL to every process of this run. Returns the number of processes. */
  #kill(): number {
    const left = processesOf(this.folder);
    for (const known of left) if (isAlive(known)) process.kill(known.pid, 'SIGKILL');
    return left.length;
  }
}

/** Arguments to put before a command so that it runs as another user. */
export function asUser(user: number): string[] {
  return ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
}

function linesOf(text: string): string[] {
  return text.split('\n').filter(line => line !== '');
}
