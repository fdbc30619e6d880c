import { setTimeout as delay } from 'node:timers/promises';
import { planRestart, RESTARTS, recent } from './core/restart-policy';
import {
  type BackendEvent,
  type BackendState,
  type Failure,
  isProved,
  isStopped,
  next,
  type Retry,
} from './core/state';
import type { BackendHost, Server } from './host';
import { startSilenceTimer, suspensionMs } from './silence-timer';
import { Use } from './use';

export interface Limits {
  /** Longest time without progress or output while starting. */
  silentMs: number;
  /** Time after which a start is slow. */
  slowMs: number;
  /** From the request to stop until the kill. */
  graceMs: number;
  /** From the kill until the failure `stuck`. */
  killMs: number;
  /** Between two probes before the first proof, upon which the page may load. */
  probeMs: number;
  /** Between two probes from the first proof until ready: each costs the server time. */
  provedProbeMs: number;
  /** Between two probes of a ready server; at most a quarter of `hungMs`. */
  watchMs: number;
  /** The same while nobody uses the server: each probe wakes this process more than twenty times. */
  idleWatchMs: number;
  /** Longest time without a response while ready; then the user decides. */
  hungMs: number;
  /** Number of restarts of a server that exits after it was ready, see `core/restart-policy.ts`. */
  restarts: number;
}

/** The limits that are not settings. */
export const LIMITS: Omit<Limits, 'silentMs' | 'hungMs'> = {
  slowMs: 8_000,
  graceMs: 10_000,
  killMs: 3_000,
  probeMs: 20,
  provedProbeMs: 100,
  watchMs: 5_000,
  idleWatchMs: 600_000,
  restarts: RESTARTS,
};

type Listener = (state: BackendState) => void;

/** Supervises one Python server: starts, probes, restarts and stops it, and reports its state. */
export class Backend {
  /** Note each use of the server: it is probed more often then, and at once if it was idle. */
  readonly use = new Use();
  #state: BackendState = { phase: 'stopped' };
  #server: Server | undefined;
  /** Aborted when a phase is left: cancels every timer and probe of that phase. */
  #phase = new AbortController();
  /** Restarts the timer of silence of this phase. */
  #resetSilence: () => void = () => {};
  /** Ends the wait before the next probe of a ready server. */
  #probeNow: () => void = () => {};
  /** Times at which servers exited, by `performance.now()`. */
  #exits: number[] = [];
  readonly #listeners = new Set<Listener>();
  readonly #host: BackendHost;
  readonly #limits: () => Limits;

  /** `limits` is called at each start, so that a changed setting takes effect. */
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

  /** Whether the process on the port is ours. False from its exit on, so that no other process receives its data. */
  get isOurs(): boolean {
    return isProved(this.#state) && this.#server?.hasExited() === false;
  }

  /** The server's token, while `isOurs`. */
  get token(): string | undefined {
    return this.isOurs ? this.#server?.token : undefined;
  }

  onChange(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** Starts the server for the user, so restarts count from zero. Resolves when it is ready or stopped. */
  start(): Promise<BackendState> {
    this.#exits = [];
    this.#dispatch({ type: 'start' });
    return this.#until(state => state.phase === 'ready' || state.phase === 'attached' || isStopped(state));
  }

  /** Stops a ready server, even if it is busy, and starts it again. */
  restart(): void {
    this.#dispatch({ type: 'restart' });
  }

  /** Stops the server. Resolves when its process has exited, or with the failure `stuck`. */
  stop(): Promise<BackendState> {
    this.#dispatch({ type: 'stop' });
    return this.#until(isStopped);
  }

  /** The user chose to wait longer. */
  keepWaiting(): void {
    this.#resetSilence();
    this.#dispatch({ type: 'keep-waiting' });
  }

  /** Call it after the machine slept: the server could not respond during that time. */
  resumed(): void {
    this.use.note();
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
    this.#resetSilence = silence.reset;
    const server = this.#host.launch({
      onOutput: silence.reset,
      onDamage: failure => {
        if (this.#server === server) this.#dispatch({ type: 'gave-up', failure });
      },
      onEnd: end => {
        // A stuck server may exit long after the next one was started.
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
    void this.#probeUntilReady(server, limits, silence.reset, signal);
  }

  async #probeUntilReady(server: Server, limits: Limits, onProgress: () => void, signal: AbortSignal): Promise<void> {
    let modules = -1;
    // The server cannot respond yet, so leave the event loop to the startup code first.
    await delay(limits.probeMs, undefined, { signal }).catch(() => {});
    while (!signal.aborted) {
      const result = await server.probe(signal);
      if (signal.aborted) return;
      if (result.kind === 'ready' || result.kind === 'attached') {
        const { kind, ...facts } = result;
        return this.#dispatch({ type: kind, ...facts });
      }
      if (result.kind === 'starting') {
        // A 503 alone is not progress: a server that hangs in an import sends it for ever.
        if (result.modules > modules) onProgress();
        modules = Math.max(modules, result.modules);
        this.#dispatch({ type: 'proved', modules });
      }
      const pause = result.kind === 'none' ? limits.probeMs : limits.provedProbeMs;
      await delay(pause, undefined, { signal }).catch(() => {}); // aborted when the phase is left
    }
  }

  /**
   * Reports when a ready server stops responding, and when it responds again. Restarts it only if its port refuses all
   * connections: then nothing can reach it any more.
   */
  async #watch(signal: AbortSignal): Promise<void> {
    this.use.note();
    const server = this.#server;
    const { watchMs, idleWatchMs, hungMs } = this.#limits();
    const waitMs = Math.min(watchMs, hungMs / 4);
    const suspendedMs = waitMs + suspensionMs(hungMs);
    let respondedAt = performance.now();
    let refusesAll = true;
    const mayRestart = () => planRestart(this.#exits, performance.now(), 0, this.#limits().restarts) !== undefined;
    let isAnswering = true;
    this.#resetSilence = () => (respondedAt = performance.now());
    while (!signal.aborted && server) {
      let waitedFrom = performance.now();
      const wait = new AbortController();
      this.#probeNow = () => wait.abort();
      // The end of the phase aborts the wait, and then the probe.
      await delay(waitMs, undefined, { signal: wait.signal }).catch(() => {});
      if (isAnswering && this.use.isIdle) {
        await this.use.next(idleWatchMs - waitMs, wait.signal);
        waitedFrom = respondedAt = performance.now(); // it may have responded until now
      }
      const result = await server.probe(signal);
      if (signal.aborted) return;
      const now = performance.now();
      isAnswering = result.kind !== 'none';
      if (result.kind === 'ready' && result.busy !== false) this.use.note();
      if (isAnswering || now - waitedFrom > suspendedMs) respondedAt = now;
      refusesAll = result.kind !== 'none' || (refusesAll && result.refused === true);
      if (result.kind !== 'none') this.#dispatch({ type: 'answers' });
      else if (now - respondedAt >= hungMs) {
        const silence = { silentMs: Math.round(now - respondedAt), stopped: server.isSuspended() };
        if (!this.#isChange(silence)) continue;
        const cut = await server.isLoopbackCut?.();
        if (signal.aborted) return;
        this.#dispatch({ type: 'silent', silence: cut ? { ...silence, cut } : silence });
        if (refusesAll && !cut && !silence.stopped && mayRestart()) this.#dispatch({ type: 'restart' });
      }
    }
  }

  /** Whether to report this silence. Elapsed time alone is not a change. */
  #isChange({ stopped }: { stopped: boolean }): boolean {
    return this.#state.phase === 'ready' && this.#state.silence?.stopped !== stopped;
  }

  #planRestart(): Retry | undefined {
    const now = performance.now();
    const retry = planRestart(this.#exits, now, Math.random(), this.#limits().restarts);
    this.#exits = [...recent(this.#exits, now), now];
    return retry;
  }

  /** Reports a stall after half of `silentMs` without `reset`, and gives up after all of it. */
  #silenceTimer(silentMs: number, signal: AbortSignal): { reset(): void } {
    const stall = startSilenceTimer(silentMs / 2, signal, () => this.#dispatch({ type: 'stalled' }));
    const silence = startSilenceTimer(silentMs, signal, async isSilent => {
      const stopped = this.#server?.isSuspended() ?? false;
      const failure: Failure = { kind: 'too-slow', silentMs, stopped, lines: this.#server?.lastLines() ?? [] };
      const cut = await this.#server?.isLoopbackCut?.();
      if (!isSilent() || signal.aborted) return;
      this.#dispatch({ type: 'gave-up', failure: cut ? { kind: 'loopback' } : failure });
    });
    const reset = () => {
      stall.reset();
      silence.reset();
      if (!signal.aborted) this.#dispatch({ type: 'sign-of-life' });
    };
    return { reset };
  }

  #shutDown(signal: AbortSignal): void {
    const server = this.#server;
    const { graceMs, killMs } = this.#limits();
    server?.requestStop();
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
