import { writeSync } from 'node:fs';
import { app } from 'electron';
import type { Log } from '../log/log';
import { isShuttingDown, isStopped } from '../server/core/state';
import type { Backend } from '../server/supervisor';
import { HIDDEN } from '../system/core/autostart-entry';
import type { Updates } from '../updates/host';
import type { Windows } from '../window/windows';
import { startup } from '../words/startup';
import { QUIT } from './core/config';
import { isQuitting, next, type Quit, type QuitEvent, type Quitting, type Relaunch } from './core/quit';
import type { QuitSignals } from './quit-signals';

interface Parts {
  signals: Pick<QuitSignals, 'onSignal'>;
  backend: Pick<Backend, 'state' | 'stop'>;
  updates(): Pick<Updates, 'delaysQuit' | 'isInstalling' | 'atQuit' | 'requestRelaunch'>;
  /** Asks the user if a quit would cut off running work. Returns true when no work can be running. */
  confirmQuit(signal: AbortSignal): Promise<boolean> | true;
  /** Undefined before the app is ready. */
  windows(): Pick<Windows, 'hideForQuit' | 'focus' | 'inBackground'> | undefined;
  /** Makes a --smoke run report at once; undefined in other runs. */
  interruptSmoke: (() => void) | undefined;
  /** The user has clicked the app's icon in the Dock. */
  activate(): void;
  /** Exits at once with this code. */
  exit(code: number): void;
  flushLogs(): Promise<unknown>;
  log(line: string): void;
  /** The program that a relaunch starts, and its arguments. */
  program: string;
  args: readonly string[];
}

/** Exit code that makes scripts/run-electron.mjs start the app again. */
const RELAUNCH = 75;

/** Quits and relaunches the app: handles its events and signals, and decides its exit code. See docs/supervision.md. */
export class Lifecycle {
  #state: Quit;
  /** Aborts the question that the user has not answered yet. */
  #question: AbortController | undefined;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#state = { phase: parts.interruptSmoke ? 'smoke' : 'running' };
  }

  get isQuitting(): boolean {
    return isQuitting(this.#state);
  }

  /** Listens to events and signals. Call it before the app is ready: they may arrive before a window exists. */
  listen(): void {
    app.on('before-quit', event => {
      if (this.#mayQuitNow()) return;
      event.preventDefault();
      this.#quitIfConfirmed();
    });
    app.on('second-instance', (_event, _argv, _cwd, passed) => {
      this.#parts.log(`second launch, with ${JSON.stringify(passed)}`);
      this.#launchedAgain(passed);
    });
    // Without a listener Electron would quit here, on macOS too. Each window reports that the user has closed it.
    app.on('window-all-closed', () => {});
    app.on('activate', () => this.#parts.activate());
    this.#parts.signals.onSignal(() => this.#quitUnasked());
  }

  /** Quits for an installer: installs no update, and asks nothing, because the installer has asked. */
  #requestedToQuit(): void {
    this.#parts.log('another launch requests the quit');
    void this.#dispatch({ type: 'session-end' });
  }

  /** Call it when the computer shuts down or the user logs out. */
  sessionEnds(): void {
    this.#parts.log('the session ends');
    void this.#dispatch({ type: 'session-end' });
  }

  /** Relaunches the app: the mapping to the port is fixed for this process. `count`: relaunches in a row, this included. */
  changePort(count: number): void {
    const relaunch = { why: 'the port was lost, another is taken', args: [`--relaunched=${count}`] };
    void this.#dispatch({ type: 'relaunch', relaunch });
  }

  /** Call it when another version is installed. Exits, and starts `program` if there is one. */
  async replaced(program?: string): Promise<void> {
    const relaunch: Relaunch | undefined = program === undefined ? undefined : { why: 'update', program, args: [] };
    await this.#dispatch({ type: 'replaced', ...(relaunch ? { relaunch } : {}) });
  }

  /** Call it when the user has launched the app again while it quits, and no installer will start it. */
  relaunch(): void {
    void this.#dispatch({ type: 'second-launch' });
  }

  /** Relaunches the app, for a reason that the log names, unless that would cut off the installation of an update. */
  relaunchBecause(why: string): void {
    if (this.#parts.updates().isInstalling()) return;
    void this.#dispatch({ type: 'relaunch', relaunch: { why, args: [] } });
  }

  /** Exits at once if the app is about to relaunch. The server sees that, and exits too. */
  relaunchNow(): void {
    if (this.#state.phase === 'relaunching' && isRelaunch(this.#state)) this.#exit(this.#state);
  }

  /** Call it when a --smoke run has reported. `code`: its exit code. */
  reported(code: number): void {
    void this.#dispatch({ type: 'reported', code });
  }

  /** Quits for the user, who decides first if that would cut off running work. */
  #quitIfConfirmed(): void {
    if (this.#state.phase === 'asking') return;
    if (this.#state.phase !== 'running') return void this.#dispatch({ type: 'quit', pending: true });
    const question = new AbortController();
    const confirmed = this.#parts.confirmQuit(question.signal);
    if (confirmed === true) return this.#quitUnasked();
    void this.#dispatch({ type: 'ask' });
    this.#question = question;
    void confirmed.then(agreed => {
      this.#question = undefined;
      // A signal or a logout may have decided meanwhile.
      if (this.#state.phase !== 'asking') return;
      if (agreed) this.#quitUnasked();
      else void this.#dispatch({ type: 'keep-working' });
    });
  }

  #quitUnasked(): void {
    if (this.#isPending()) void this.#dispatch({ type: 'quit', pending: true });
    else app.quit();
  }

  #launchedAgain(passed: unknown): void {
    const { backend, updates, windows } = this.#parts;
    if (passes(passed, QUIT)) return this.#requestedToQuit();
    if (!this.isQuitting && !isShuttingDown(backend.state)) {
      if (!passes(passed, HIDDEN)) windows()?.focus();
    } else if (!updates().requestRelaunch()) this.relaunch();
  }

  /** Whether Electron may quit: nothing is pending, or everything is done. */
  #mayQuitNow(): boolean {
    const after = next(this.#state, { type: 'quit', pending: this.#isPending() });
    if (after.phase !== 'done') return false;
    this.#state = after;
    return true;
  }

  #isPending(): boolean {
    const { backend, updates } = this.#parts;
    return !isStopped(backend.state) || updates().delaysQuit();
  }

  /** Resolves when the work of the new phase is done. Not `async`, so that it throws: callers ignore a rejection. */
  #dispatch(event: QuitEvent): Promise<void> {
    const before = this.#state;
    const after = next(before, event);
    this.#state = after;
    if (before.phase === 'asking' && isQuitting(after)) this.#question?.abort();
    if (isRelaunch(after) && !isRelaunch(before)) this.#parts.log(`relaunch: ${after.exit.why}`);
    const changed = after.phase === 'done' ? after !== before : after.phase !== before.phase;
    return changed ? this.#enter(after) : Promise.resolve();
  }

  #enter(state: Quit): Promise<void> {
    if (state.phase === 'interrupted') this.#parts.interruptSmoke?.();
    if (state.phase === 'done') this.#exit(state);
    if (!isQuitting(state) || state.phase === 'done') return Promise.resolve();
    if (state.phase !== 'reported') this.#parts.windows()?.hideForQuit();
    return state.phase === 'installing' ? this.#install() : this.#stop();
  }

  async #install(): Promise<void> {
    await this.#parts.updates().atQuit();
    return this.#dispatch({ type: 'installed' });
  }

  async #stop(): Promise<void> {
    await this.#parts.backend.stop();
    await this.#parts.flushLogs();
    return this.#dispatch({ type: 'stopped', pending: this.#isPending() });
  }

  #exit({ exit }: Quitting): void {
    switch (exit.by) {
      case 'quit':
        return app.quit();
      case 'exit':
        return this.#parts.exit(exit.code);
      case 'relaunch':
        return this.#relaunch(exit);
    }
  }

  #relaunch({ program, args }: Relaunch): void {
    // In a clone run-electron.mjs starts the next process, so that Ctrl-C in the terminal still reaches it.
    if (program === undefined && !app.isPackaged) return app.exit(RELAUNCH);
    const ownArgs = this.#parts.args.filter(arg => !arg.startsWith('--relaunched=') && arg !== HIDDEN);
    const hidden = this.#parts.windows()?.inBackground ? [HIDDEN] : [];
    app.relaunch({ execPath: program ?? this.#parts.program, args: [...ownArgs, ...args, ...hidden] });
    app.exit(0);
  }
}

/** Whether a second launch has an option: `--hidden` at login, and `--quit` from an installer. */
function passes(passed: unknown, option: string): boolean {
  const { args } = (passed ?? {}) as { args?: unknown };
  return Array.isArray(args) && args.includes(option);
}

function isRelaunch(state: Quit): state is Quitting & { exit: { by: 'relaunch' } & Relaunch } {
  return isQuitting(state) && state.exit.by === 'relaunch';
}

/** Reports an uncaught exception, and exits. The server's stdin closes with this process, so the server exits too. */
export function exitOnCrash(log: Log): void {
  process.on('uncaughtException', error => {
    try {
      log.lineSync(`crash: ${error.stack}`);
      writeSync(2, `${startup.crashed(String(error.stack))}\n`);
    } finally {
      app.exit(1);
    }
  });
}
