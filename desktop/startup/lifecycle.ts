import { writeSync } from 'node:fs';
import { app } from 'electron';
import type { Log } from '../log/log';
import { isAtRest, isLeaving } from '../server/core/state';
import type { Backend } from '../server/supervisor';
import type { Updates } from '../updates/host';
import type { Windows } from '../window/windows';
import { startup } from '../words/startup';
import { isQuitting, next, type Quit, type QuitEvent, type Quitting, type Relaunch } from './core/quit';

interface Parts {
  backend: Pick<Backend, 'state' | 'stop'>;
  updates(): Pick<Updates, 'delaysQuit' | 'atQuit' | 'requestRelaunch'>;
  /** None before the app is ready. */
  windows(): Pick<Windows, 'hide' | 'focus'> | undefined;
  /** Of a --smoke run: has it report at once. */
  interruptSmoke: (() => void) | undefined;
  /** The user has clicked the app's icon in the Dock. */
  activate(): void;
  /** Exits at once with this code. */
  exit(code: number): void;
  endLogs(): Promise<unknown>;
  log(line: string): void;
  /** Program that a relaunch starts, with the arguments of this process. */
  program: string;
  args: readonly string[];
}

/** Exit code that asks scripts/run-electron.mjs for another start. */
const RELAUNCH = 75;

/** How the app quits: its events, signals and relaunch, and its exit code. See docs/supervision.md. */
export class Lifecycle {
  #state: Quit;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#state = { phase: parts.interruptSmoke ? 'smoke' : 'running' };
  }

  get isQuitting(): boolean {
    return isQuitting(this.#state);
  }

  /** Call it before the app is ready: a second launch, a signal or a quit may come before there is a window. */
  listen(): void {
    app.on('before-quit', event => {
      if (this.#mayQuitNow()) return;
      event.preventDefault();
      void this.#dispatch({ type: 'quit', pending: true });
    });
    app.on('second-instance', (_event, _argv, _cwd, passed) => {
      this.#parts.log(`started once more, with ${JSON.stringify(passed)}`);
      this.#launchedAgain();
    });
    // Each window reports when the user closes it; without a listener Electron would quit here, on macOS too.
    app.on('window-all-closed', () => {});
    app.on('activate', () => this.#parts.activate());
    this.listenToSignals();
  }

  /**
   * Call it again when the app is ready: Chromium has then replaced our handlers by its own, whose second signal ends the
   * process at once, without stopping the server.
   */
  listenToSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal);
      process.on(signal, () => app.quit());
    }
  }

  /** The computer shuts down or the user logs out. */
  sessionEnds(): void {
    void this.#dispatch({ type: 'session-end' });
  }

  /** Starts a new process, because the mapping to the port is fixed for this one. `count`: relaunches in a row so far. */
  changePort(count: number): void {
    const relaunch = { why: 'the port was lost, another is taken', args: [`--relaunched=${count}`] };
    void this.#dispatch({ type: 'relaunch', relaunch });
  }

  /** Another version is installed, and the server has stopped. Exits, and starts `program` if there is one. */
  async replaced(program?: string): Promise<void> {
    const relaunch: Relaunch | undefined = program === undefined ? undefined : { why: 'update', program, args: [] };
    await this.#dispatch({ type: 'replaced', ...(relaunch ? { relaunch } : {}) });
  }

  /** The installer does not start the app after all, although it was started again. */
  relaunch(): void {
    void this.#dispatch({ type: 'second-launch' });
  }

  /** A --smoke run is over. */
  reported(code: number): void {
    void this.#dispatch({ type: 'reported', code });
  }

  #launchedAgain(): void {
    const { backend, updates, windows } = this.#parts;
    if (!this.isQuitting && !isLeaving(backend.state)) windows()?.focus();
    else if (!updates().requestRelaunch()) this.relaunch();
  }

  /** Whether Electron may go on quitting: nothing is pending, or all of it is done. */
  #mayQuitNow(): boolean {
    const after = next(this.#state, { type: 'quit', pending: this.#isPending() });
    if (after.phase !== 'done') return false;
    this.#state = after;
    return true;
  }

  #isPending(): boolean {
    const { backend, updates } = this.#parts;
    return !isAtRest(backend.state) || updates().delaysQuit();
  }

  /** Resolves when the phase that the event leads to has done its work. Throws at once: a rejection would be ignored. */
  #dispatch(event: QuitEvent): Promise<void> {
    const before = this.#state;
    const after = next(before, event);
    this.#state = after;
    if (isRelaunch(after) && !isRelaunch(before)) this.#parts.log(`relaunch: ${after.exit.why}`);
    const changed = after.phase === 'done' ? after !== before : after.phase !== before.phase;
    return changed ? this.#enter(after) : Promise.resolve();
  }

  #enter(state: Quit): Promise<void> {
    if (state.phase === 'interrupted') this.#parts.interruptSmoke?.();
    if (state.phase === 'done') this.#exit(state);
    if (!isQuitting(state) || state.phase === 'done') return Promise.resolve();
    if (state.phase !== 'reported') this.#parts.windows()?.hide();
    return state.phase === 'installing' ? this.#install() : this.#stop();
  }

  async #install(): Promise<void> {
    await this.#parts.updates().atQuit();
    return this.#dispatch({ type: 'installed' });
  }

  async #stop(): Promise<void> {
    await this.#parts.backend.stop();
    await this.#parts.endLogs();
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
    // In a clone the terminal's command starts the next process, or Ctrl-C would no longer reach it.
    if (program === undefined && !app.isPackaged) return app.exit(RELAUNCH);
    const own = this.#parts.args.filter(word => !word.startsWith('--relaunched='));
    app.relaunch({ execPath: program ?? this.#parts.program, args: [...own, ...args] });
    app.exit(0);
  }
}

function isRelaunch(state: Quit): state is Quitting & { exit: { by: 'relaunch' } & Relaunch } {
  return isQuitting(state) && state.exit.by === 'relaunch';
}

/** Reports an exception that nothing has caught, and exits. The server's stdin closes with this process. */
export function exitOnCrash(log: Log): void {
  process.on('uncaughtException', error => {
    try {
      log.lastWords(`crash: ${error.stack}`);
      writeSync(2, `${startup.crashed(String(error.stack))}\n`);
    } finally {
      app.exit(1);
    }
  });
}
