import { setTimeout as delay } from 'node:timers/promises';
import { planRestart, RESTARTS, recent } from './core/restart-policy';
import { type BackendEvent, type BackendState, type Failure, isAtRest, isProved, next, type Retry } from './core/state';
import type { BackendHost, Server } from './host';

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
  /** Between two probes of a ready server, and never longer than a quarter of `hungMs`. */
  watchMs: number;
  /** Without an answer while ready, until the user is asked. */
  hungMs: number;
  /** How often a server that dies after it was ready is begun again, see `core/restart-policy.ts`. */
  restarts: number;
}

/** The limits that are no settings. */
export const LIMITS: Omit<Limits, 'silentMs' | 'hungMs'> = {
  slowMs: 8_000,
  graceMs: 10_000,
  killMs: 3_000,
  probeMs: 20,
  proofedProbeMs: 100,
  watchMs: 5_000,
  restarts: RESTARTS,
};

/**
 * A probe of a ready server and the wait before it: when both together took this much longer than the wait, this process
 * itself did not run. Longer than a probe takes that nobody answers.
 */
const PAUSED_MS = { least: 3_000, most: 10_000 };

/** The same for the silence of a start, which is counted in steps. */
const SILENCE_STEP_MS = 1_000;
const HELD_MS = 1_500;

type Listener = (state: BackendState) => void;

/** Keeps one Python server running, and says what has become of it. */
export class Backend {
  #state: BackendState = { phase: 'stopped' };
  #server: Server | undefined;
  /** Aborted on leaving a phase, which cancels every timer and probe the phase began. */
  #phase = new AbortController();
  /** Begins the phase's measure of silence anew. */
  #forgiveSilence: () => void = () => {};
  /** Has the next look at a ready server come at once. */
  #lookNow: () => void = () => {};
  /** When servers ended that had been ready, by `performance.now()`. */
  #ends: number[] = [];
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

  /** Whether the process on the port is ours, now: not even a moment after its end may another have what is meant for it. */
  get isOurs(): boolean {
    return isProved(this.#state) && this.#server?.hasEnded() === false;
  }

  /** The token, while it may be sent. */
  get token(): string | undefined {
    return this.isOurs ? this.#server?.token : undefined;
  }

  onChange(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** Resolves once the server is ready, or at rest again. Whoever asks for it is no supervisor: the limits begin anew. */
  start(): Promise<BackendState> {
    this.#ends = [];
    this.#dispatch({ type: 'start' });
    return this.#until(state => state.phase === 'ready' || state.phase === 'attached' || isAtRest(state));
  }

  /** Ends a ready server, however it is, and begins it again. */
  restart(): void {
    this.#dispatch({ type: 'restart' });
  }

  /** Resolves once nothing is left, or with the failure `stuck`. */
  stop(): Promise<BackendState> {
    this.#dispatch({ type: 'stop' });
    return this.#until(isAtRest);
  }

  /** The user has the patience that we lack. */
  keepWaiting(): void {
    this.#forgiveSilence();
    this.#dispatch({ type: 'keep-waiting' });
  }

  /** The machine slept, or this process was held: what was silent meanwhile had no chance to speak. */
  resumed(): void {
    this.#forgiveSilence();
    this.#lookNow();
  }

  #dispatch(event: BackendEvent): void {
    const before = this.#state;
    this.#state = next(before, event);
    if (this.#state === before) return;

    const entered = this.#state.phase !== before.phase;
    if (entered) {
      this.#phase.abort();
      this.#lookNow();
      this.#phase = new AbortController();
      this.#forgiveSilence = this.#lookNow = () => {};
      // Before the listeners hear of it: one of them may ask for the pid.
      this.#enter(this.#state, this.#phase.signal);
    }
    for (const listener of this.#listeners) listener(this.#state);
  }

  #enter(state: BackendState, signal: AbortSignal): void {
    if (state.phase === 'starting') this.#launch(signal);
    if (state.phase === 'ready') void this.#watch(signal);
    if (state.phase === 'restarting') this.#after(state.waitMs, signal, () => this.#dispatch({ type: 'start' }));
    if (state.phase === 'stopping') this.#shutDown(signal);
  }

  #launch(signal: AbortSignal): void {
    const limits = this.#limits();
    const silence = this.#silenceTimer(limits.silentMs, signal);
    this.#forgiveSilence = silence.restart;
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
        const failure = end.kind === 'exited' ? { ...end, ready } : end;
        const retry = this.#planRestart();
        this.#dispatch({ type: 'gone', failure, ...(retry ? { retry } : {}) });
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
        const { kind, ...known } = answer;
        return this.#dispatch({ type: kind, ...known });
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

  /** Tells when a ready server stops answering, and when it answers again. It is never ended for that from here. */
  async #watch(signal: AbortSignal): Promise<void> {
    const server = this.#server;
    const { watchMs, hungMs } = this.#limits();
    const waitMs = Math.min(watchMs, hungMs / 4);
    const pausedMs = waitMs + Math.min(PAUSED_MS.most, Math.max(PAUSED_MS.least, hungMs / 2));
    let heard = performance.now();
    this.#forgiveSilence = () => (heard = performance.now());
    while (!signal.aborted && server) {
      const looked = performance.now();
      const soon = new AbortController();
      this.#lookNow = () => soon.abort();
      // Leaving the phase ends the wait too, which the probe tells.
      await delay(waitMs, undefined, { signal: soon.signal }).catch(() => {});
      const answer = await server.probe(signal);
      if (signal.aborted) return;
      const now = performance.now();
      if (answer.kind !== 'none' || now - looked > pausedMs) heard = now;
      if (answer.kind !== 'none') this.#dispatch({ type: 'answers' });
      else if (now - heard >= hungMs) {
        const silence = { silentMs: Math.round(now - heard), stopped: server.isStopped() };
        if (this.#isNews(silence)) this.#dispatch({ type: 'silent', silence });
      }
    }
  }

  /** The seconds that pass are none. */
  #isNews({ stopped }: { stopped: boolean }): boolean {
    return this.#state.phase === 'ready' && this.#state.silence?.stopped !== stopped;
  }

  #planRestart(): Retry | undefined {
    const now = performance.now();
    const retry = planRestart(this.#ends, now, Math.random(), this.#limits().restarts);
    this.#ends = [...recent(this.#ends, now), now];
    return retry;
  }

  /** Counts in steps: one that took much longer than it should says that we ourselves were held, and counts nothing. */
  #silenceTimer(silentMs: number, signal: AbortSignal): { restart(): void } {
    let timer: NodeJS.Timeout | undefined;
    let silentForMs = 0;
    const giveUp = () => {
      const stopped = this.#server?.isStopped() ?? false;
      const failure: Failure = { kind: 'too-slow', silentMs, stopped, lines: this.#server?.lastLines() ?? [] };
      this.#dispatch({ type: 'gave-up', failure });
    };
    const listen = () => {
      const began = performance.now();
      const stepMs = Math.min(SILENCE_STEP_MS, silentMs - silentForMs);
      timer = setTimeout(() => {
        const tookMs = performance.now() - began;
        silentForMs = tookMs > stepMs + HELD_MS ? 0 : silentForMs + tookMs;
        if (silentForMs >= silentMs) giveUp();
        else listen();
      }, stepMs);
    };
    const restart = () => {
      clearTimeout(timer);
      silentForMs = 0;
      if (!signal.aborted) listen();
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
