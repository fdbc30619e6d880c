/** One run of a packed app: its own home, its server, its orders, and what can be seen of it from the outside. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UnpackedApp } from '../../scripts/dist/unpacked-app.mjs';
import { readOrEmpty } from './gone';
import { phaseOf, type State, statesIn } from './logged-states';
import { type Page, type Shown, shownPages, withPages } from './pages';
import { until } from './poll';
import { childrenOf, isAlive, look, type Process, processesOf, type Role } from './processes';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What the scripted server writes down. */
export interface DiaryEntry {
  event: string;
  pid: number;
  path?: string;
}

/** A step of the scripted server that can be held. */
export type Step = 'bind' | 'ready' | 'leave';

export interface RunOptions {
  server: 'scripted' | 'real';
  app: UnpackedApp;
  env: NodeJS.ProcessEnv;
  /** Electron's own, which this machine needs. */
  switches: readonly string[];
  /** An interpreter that has the server's packages. */
  python: string;
  /** The user id that the app runs as and that owns the home, if not root. */
  user?: number | undefined;
}

const QUIT_MS = 30_000;
const OUTPUT_CHARACTERS = 200_000;

/** Runs that are not closed. */
const open = new Set<AppRun>();

// A worker that loses vitest, or is told to exit, leaves nothing running.
for (const event of ['disconnect', 'SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(event, () => {
    for (const run of open) run.abandon();
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
  /** May be changed before the start. */
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
      HOME: this.home,
      TMPDIR: this.temporary,
      XDG_CONFIG_HOME: join(this.home, '.config'),
      XDG_CACHE_HOME: join(this.home, '.cache'),
      SCRIPTED_DIARY: this.#diary,
      SCRIPTED_ORDERS: this.#orders,
      CACHIBOT_TELEMETRY_DISABLED: '1',
      // Root has no sandbox, and a machine that runs tests may not let other users make one.
      ...(this.user === undefined ? {} : { CACHIBOT_DESKTOP_WITHOUT_SANDBOX: '1' }),
    };
    open.add(this);
  }

  /** Another app beside this one, with its own home and perhaps another user. Closed with this run. */
  another(change: Partial<RunOptions>): AppRun {
    const other = new AppRun({ ...this.#options, ...change });
    this.onClose(() => other.close());
    return other;
  }

  /** Adds a step to the clean-up of this run; the last one added runs first. */
  onClose(step: () => unknown): void {
    this.#cleanUps.push(step);
  }

  /** Writes the app's settings, before the start. */
  writeSettings(settings: object): void {
    mkdirSync(join(this.home, 'profile'), { recursive: true });
    writeFileSync(join(this.home, 'profile', 'settings.json'), JSON.stringify(settings));
  }

  /** Makes the scripted server wait at a step. */
  hold(step: Step): void {
    writeFileSync(join(this.#orders, step), '');
  }

  allow(...steps: Step[]): void {
    for (const step of steps) rmSync(join(this.#orders, step), { force: true });
  }

  /** Sets the modes of the scripted server from its next start on. */
  behave(modes: string): void {
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
    this.#exit.catch(() => {}); // reported to whatever awaits exit()
    return child;
  }

  /** Starts a second app on the same home, and runs it to its end. */
  launchAgain(args: readonly string[] = []): Promise<Exit & { output: string }> {
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

  /** Resolves when the process that was started last exits. */
  exit(): Promise<Exit> {
    if (this.#exit === undefined) throw new Error('Nothing was started.');
    return this.#exit;
  }

  /** What the app wrote to its terminal. */
  output(): string {
    return this.#output;
  }

  /** Every state of the server in the log, oldest first. */
  states(): State[] {
    return statesIn(readOrEmpty(this.logFile, 'utf8'));
  }

  /** The last states, for an error. */
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
      instead: () => this.lastStates(),
    });
  }

  processes(role?: Role): Process[] {
    return processesOf(this.home).filter(process => role === undefined || process.role === role);
  }

  /** The one process with that role; waits for it. */
  process(role: Role): Promise<Process> {
    return until(`a ${role} process`, () => this.#near(role) ?? this.processes(role)[0], { pauseMs: 5 });
  }

  /** Finds shell and server without a look at every process of the machine. */
  #near(role: Role): Process | undefined {
    const shell = this.#child?.pid === undefined ? undefined : look(this.#child.pid);
    if (shell === undefined || shell.state === 'Z') return undefined;
    const near = role === 'server' ? childrenOf(shell.pid) : [shell];
    return near.find(process => process.role === role && process.state !== 'Z');
  }

  /** The open pages with their text. */
  async pages(): Promise<Shown[]> {
    return shownPages(await this.#debuggingAddress());
  }

  untilShown(words: RegExp, options: { limitMs?: number } = {}): Promise<Shown> {
    const shown = async () => (await this.pages().catch(() => [])).find(({ text }) => words.test(text));
    const instead = () => this.pages().catch(String);
    return until(`a page with ${words}`, shown, { ...options, pauseMs: 100, instead });
  }

  /** Uses the page whose address begins with `address`. */
  async onPage<Result>(address: string, use: (page: Page) => Promise<Result>): Promise<Result> {
    return withPages(await this.#debuggingAddress(), pages => {
      const page = pages.find(candidate => candidate.url().startsWith(address));
      if (page === undefined) throw new Error(`There is no page at ${address}.`);
      return use(page);
    });
  }

  /** Of the app that started last. An app that relaunched itself writes it into its profile only. */
  #debuggingAddress(): Promise<string> {
    return until('the debugging port', () => {
      const [port, path] = linesOf(readOrEmpty(this.#portFile));
      return path ? `ws://127.0.0.1:${port}${path}` : /DevTools listening on (\S+)/.exec(this.#output)?.[1];
    });
  }

  /** Quits the app as the system asks for it. Returns how the started process exited, if it was still the app. */
  async quit(): Promise<Exit | undefined> {
    const shells = this.processes('shell');
    for (const { pid } of shells) process.kill(pid, 'SIGTERM');
    await until('the end of the app', () => shells.every(shell => !isAlive(shell)), { limitMs: QUIT_MS });
    return shells.some(({ pid }) => pid === this.#child?.pid) ? this.exit() : undefined;
  }

  /** Undoes everything, by force; for when the run is judged. */
  async close(): Promise<void> {
    open.delete(this);
    for (const step of this.#cleanUps.reverse()) await step();
    await until('the end of all that was started', () => this.#kill() === 0);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Removes at once what can be removed at once, for a sudden end of this process. */
  abandon(): void {
    this.#kill();
    // A disk that is mounted in the folder stays in it, and goes with this process's mounts.
    spawnSync('rm', ['-rf', this.folder]);
  }

  /** Sends SIGKILL to everything that this run has started. Returns how many processes there were. */
  #kill(): number {
    const left = processesOf(this.folder);
    for (const known of left) if (isAlive(known)) process.kill(known.pid, 'SIGKILL');
    return left.length;
  }
}

/** The command line that runs the command after it as another user. */
export function asUser(user: number): string[] {
  return ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
}

function linesOf(text: string): string[] {
  return text.split('\n').filter(line => line !== '');
}
