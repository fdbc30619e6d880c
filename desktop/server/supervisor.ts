import { setTimeout as delay } from 'node:timers/promises';
import { planRestart, RESTARTS, recent } from './core/restart-policy';
import { type BackendEvent, type BackendState, type Failure, isAtRest, isProved, next, type Retry } from './core/state';
import type { BackendHost, Server } from './host';

export interface Limits {
  /** Longest time without a sign of life while starting. */
  silentMs: number;
  /** Time after which a start is slow. */
  slowMs: number;
  /** From the request to stop until the kill. */
  graceMs: number;
  /** From the kill until the failure `stuck`. */
  killMs: number;
  /** Between two probes before the first proof, which decides when the page may load. */
  probeMs: number;
  /** Between two probes from then until ready, when each costs the server time. */
  proofedProbeMs: number;
  /** Between two probes of a ready server, and never longer than a quarter of `hungMs`. */
  watchMs: number;
  /** Longest time without a response while ready; then the user decides. */
  hungMs: number;
  /** How often a server that exits after it was ready is restarted, see `core/restart-policy.ts`. */
  restarts: number;
}

/** The limits that are not settings. */
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
 * If a probe and the wait before it took this much longer than the wait, this process itself was suspended. Longer than the
 * time-out of a probe.
 */
const PAUSED_MS = { least: 3_000, most: 10_000 };

/** The same for the silence of a start, which is counted in steps. */
const SILENCE_STEP_MS = 1_000;
const HELD_MS = 1_500;

type Listener = (state: BackendState) => void;

/** Supervises one Python server: starts, probes, restarts and stops it, and reports its state. */
export class Backend {
  #state: BackendState = { phase: 'stopped' };
  #server: Server | undefined;
  /** Aborted when a phase is left: cancels every timer and probe of that phase. */
  #phase = new AbortController();
  /** Restarts the limit of silence of this phase. */
  #resetSilence: () => void = () => {};
  /** Probes a ready server at once instead of after the wait. */
  #probeNow: () => void = () => {};
  /** When servers that had been ready exited, by `performance.now()`. */
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

  /** Whether the process on the port is ours right now. False from the moment of its exit, so that no other gets its data. */
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

  /** Resolves when the server is ready, or at rest again. The user asked for it, so restarts are counted from zero. */
  start(): Promise<BackendState> {
    this.#ends = [];
    this.#dispatch({ type: 'start' });
    return this.#until(state => state.phase === 'ready' || state.phase === 'attached' || isAtRest(state));
  }

  /** Stops a ready server, whatever it does, and starts it again. */
  restart(): void {
    this.#dispatch({ type: 'restart' });
  }

  /** Resolves when no process is left, or with the failure `stuck`. */
  stop(): Promise<BackendState> {
    this.#dispatch({ type: 'stop' });
    return this.#until(isAtRest);
  }

  /** The user chose to wait longer. */
  keepWaiting(): void {
    this.#resetSilence();
    this.#dispatch({ type: 'keep-waiting' });
  }

  /** The machine slept, or this process was suspended: the server could not respond meanwhile. */
  resumed(): void {
    this.#resetSilence();
    this.#probeNow();
  }

  #dispatch(event: BackendEvent): void {
    const before = this.#state;
    this.#state = next(before, event);
    if (this.#state === before) return;

    const entered = this.#state.phase !== before.phase;
    if (entered) {
      this.#phase.abort();
      this.#probeNow();
      this.#phase = new AbortController();
      this.#resetSilence = this.#probeNow = () => {};
      // Before the listeners run: one of them may read the PID.
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
    this.#resetSilence = silence.restart;
    const server = this.#host.launch({
      onLife: silence.restart,
      onDamage: failure => {
        if (this.#server === server) this.#dispatch({ type: 'gave-up', failure });
      },
      onGone: end => {
        // A stuck server may exit when another has long been started.
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
    // The server cannot answer yet, so leave the event loop to the startup code first.
    await delay(limits.probeMs, undefined, { signal }).catch(() => {});
    while (!signal.aborted) {
      const answer = await server.probe(signal);
      if (signal.aborted) return;
      if (answer.kind === 'ready' || answer.kind === 'attached') {
        const { kind, ...known } = answer;
        return this.#dispatch({ type: kind, ...known });
      }
      if (answer.kind === 'starting') {
        // A 503 alone is not a sign of life: a server that hangs in an import sends it for ever.
        if (answer.modules > modules) onLife();
        modules = Math.max(modules, answer.modules);
        this.#dispatch({ type: 'proved', modules });
      }
      const pause = answer.kind === 'none' ? limits.probeMs : limits.proofedProbeMs;
      await delay(pause, undefined, { signal }).catch(() => {}); // aborted when the phase is left
    }
  }

  /** Reports when a ready server stops responding, and when it responds again. Never stops it. */
  async #watch(signal: AbortSignal): Promise<void> {
    const server = this.#server;
    const { watchMs, hungMs } = this.#limits();
    const waitMs = Math.min(watchMs, hungMs / 4);
    const pausedMs = waitMs + Math.min(PAUSED_MS.most, Math.max(PAUSED_MS.least, hungMs / 2));
    let heard = performance.now();
    this.#resetSilence = () => (heard = performance.now());
    while (!signal.aborted && server) {
      const looked = performance.now();
      const soon = new AbortController();
      this.#probeNow = () => soon.abort();
      // Leaving the phase aborts the probe, too.
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

  /** Elapsed time alone is not a change. */
  #isNews({ stopped }: { stopped: boolean }): boolean {
    return this.#state.phase === 'ready' && this.#state.silence?.stopped !== stopped;
  }

  #planRestart(): Retry | undefined {
    const now = performance.now();
    const retry = planRestart(this.#ends, now, Math.random(), this.#limits().restarts);
    this.#ends = [...recent(this.#ends, now), now];
    return retry;
  }

  /** Counts in steps: one that took much longer than planned means that this process was suspended, and is not counted. */
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
