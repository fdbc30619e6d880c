import { setTimeout as delay } from 'node:timers/promises';
import { type BackendEvent, type BackendState, type Failure, isAtRest, isProved, next } from './core/backend-state';

/** What the supervisor needs from the machine. */
export interface BackendHost {
  /** Begins a server. Never throws: a file that cannot be run is told through `onGone`. */
  launch(events: ServerEvents): Server;
}

export interface ServerEvents {
  /** Once, when the process has ended or could not begin. Never within a call of ours, but after it. */
  onGone(end: ServerEnd): void;
  /** Its files are damaged. It may still run, and is asked to stop. */
  onDamage(damage: Extract<Failure, { kind: 'damaged' }>): void;
  /** The server wrote to stderr. */
  onLife(): void;
}

export type ServerEnd = Exclude<Failure, { kind: 'exited' | 'too-slow' | 'stuck' }> | Ended;
type Ended = Omit<Extract<Failure, { kind: 'exited' }>, 'ready'>;

export interface Server {
  pid: number | undefined;
  /** Goes with the page's requests; undefined for a server that has no door. */
  token: string | undefined;
  probe(signal: AbortSignal): Promise<Answer>;
  lastLines(): string[];
  askToStop(): void;
  killTree(): void;
}

/** What one question to the port brought. Only the last three carry a proof, or need none. */
export type Answer =
  | { kind: 'none' }
  | { kind: 'starting'; modules: number }
  | { kind: 'ready'; version: string }
  | { kind: 'attached'; version: string };

export interface Limits {
  /** Without any sign of life while starting. */
  silentMs: number;
  /** After which a start is called slow. */
  slowMs: number;
  /** From asking to stop until force. */
  graceMs: number;
  /** From force until “stuck”. */
  killMs: number;
  /** Between two probes before the first proof, which decides when the page may load. */
  probeMs: number;
  /** Between two probes from then until ready, when each costs the server time. */
  proofedProbeMs: number;
}

export const LIMITS: Omit<Limits, 'silentMs'> = {
  slowMs: 8_000,
  graceMs: 10_000,
  killMs: 3_000,
  probeMs: 20,
  proofedProbeMs: 100,
};

type Listener = (state: BackendState) => void;

/** Keeps one Python server running, and says what has become of it. */
export class Backend {
  #state: BackendState = { phase: 'stopped' };
  #server: Server | undefined;
  /** Aborted on leaving a phase, which cancels every timer and probe the phase began. */
  #phase = new AbortController();
  readonly #listeners = new Set<Listener>();
  readonly #host: BackendHost;
  readonly #limits: () => Limits;

  /** `limits` is read at each start, so that a changed setting counts at once. */
  constructor(host: BackendHost, limits: () => Limits) {
    this.#host = host;
    this.#limits = limits;
  }

  get state(): BackendState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#server?.pid;
  }

  /** The token, while the process on the port is known to be our child. */
  get token(): string | undefined {
    return isProved(this.#state) ? this.#server?.token : undefined;
  }

  onChange(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** Resolves once the server is ready, or at rest again. */
  start(): Promise<BackendState> {
    this.#dispatch({ type: 'start' });
    return this.#until(({ phase }) => phase !== 'starting' && phase !== 'stopping');
  }

  /** Resolves once nothing is left, or with the failure `stuck`. */
  stop(): Promise<BackendState> {
    this.#dispatch({ type: 'stop' });
    return this.#until(isAtRest);
  }

  keepWaiting(): void {
    this.#dispatch({ type: 'keep-waiting' });
  }

  #dispatch(event: BackendEvent): void {
    const before = this.#state;
    this.#state = next(before, event);
    if (this.#state === before) return;

    const entered = this.#state.phase !== before.phase;
    if (entered) {
      this.#phase.abort();
      this.#phase = new AbortController();
      // Before the listeners hear of it: one of them may ask for the pid.
      if (this.#state.phase === 'starting') this.#launch(this.#phase.signal);
      if (this.#state.phase === 'stopping') this.#shutDown(this.#phase.signal);
    }
    for (const listener of this.#listeners) listener(this.#state);
  }

  #launch(signal: AbortSignal): void {
    const limits = this.#limits();
    const silence = this.#silenceTimer(limits.silentMs, signal);
    const server = this.#host.launch({
      onLife: silence.restart,
      onDamage: failure => {
        if (this.#server === server) this.#dispatch({ type: 'gave-up', failure });
      },
      onGone: end => {
        // One that was given up as stuck may end at last when another has long taken its place.
        if (this.#server !== server) return;
        this.#server = undefined;
        const ready = this.#state.phase === 'ready';
        this.#dispatch({ type: 'gone', failure: end.kind === 'exited' ? { ...end, ready } : end });
      },
    });
    this.#server = server;
    this.#after(limits.slowMs, signal, () => this.#dispatch({ type: 'slow' }));
    void this.#probeUntilReady(server, limits, silence.restart, signal);
  }

  async #probeUntilReady(server: Server, limits: Limits, onLife: () => void, signal: AbortSignal): Promise<void> {
    let modules = -1;
    // Nobody answers in the first moment, and whoever began the server has more to do in this one.
    await delay(limits.probeMs, undefined, { signal }).catch(() => {});
    while (!signal.aborted) {
      const answer = await server.probe(signal);
      if (signal.aborted) return;
      if (answer.kind === 'ready' || answer.kind === 'attached') {
        return this.#dispatch({ type: answer.kind, version: answer.version });
      }
      if (answer.kind === 'starting') {
        // A bare 503 is no sign of life: a server that hangs in an import answers it for ever.
        if (answer.modules > modules) onLife();
        modules = Math.max(modules, answer.modules);
        this.#dispatch({ type: 'proved', modules });
      }
      const pause = answer.kind === 'none' ? limits.probeMs : limits.proofedProbeMs;
      await delay(pause, undefined, { signal }).catch(() => {}); // leaving the phase ends the wait, and the loop sees it
    }
  }

  #silenceTimer(silentMs: number, signal: AbortSignal): { restart(): void } {
    let timer: NodeJS.Timeout | undefined;
    const giveUp = () => {
      const failure: Failure = { kind: 'too-slow', silentMs, lines: this.#server?.lastLines() ?? [] };
      this.#dispatch({ type: 'gave-up', failure });
    };
    const restart = () => {
      clearTimeout(timer);
      if (!signal.aborted) timer = setTimeout(giveUp, silentMs);
    };
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    restart();
    return { restart };
  }

  #shutDown(signal: AbortSignal): void {
    const server = this.#server;
    const { graceMs, killMs } = this.#limits();
    server?.askToStop();
    this.#after(graceMs, signal, () => server?.killTree());
    this.#after(graceMs + killMs, signal, () => {
      this.#dispatch({ type: 'gone', failure: { kind: 'stuck', pid: server?.pid ?? 0 } });
    });
  }

  #after(ms: number, signal: AbortSignal, action: () => void): void {
    const timer = setTimeout(action, ms);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  #until(reached: (state: BackendState) => boolean): Promise<BackendState> {
    if (reached(this.#state)) return Promise.resolve(this.#state);
    return new Promise(resolve => {
      const listener: Listener = state => {
        if (!reached(state)) return;
        this.#listeners.delete(listener);
        resolve(state);
      };
      this.#listeners.add(listener);
    });
  }
}
