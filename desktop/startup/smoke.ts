import type { Failure } from '../server/core/state';
import { processStartMs } from './clock';

export type Phase = 'spawn' | 'windowShown' | 'uiPainted' | 'serverReady';

interface Facts {
  server: { pid: number | undefined; port: number; version: string };
  url: string;
  title: string;
}

export type SmokeReport =
  | ({ ok: true; phasesMs: Record<Phase, number> } & Facts)
  | {
      ok: false;
      failure: Failure | { kind: 'timeout'; afterMs: number; reached: Phase[] } | { kind: 'interrupted' };
      phasesMs: Partial<Record<Phase, number>>;
    };

const PHASES: readonly Phase[] = ['spawn', 'windowShown', 'uiPainted', 'serverReady'];
/** A `--smoke` run may take two minutes; the rest is for stopping the server. */
const LIMIT_MS = 100_000;

/** Records when each phase of a start was first reached, in milliseconds since the process started. */
export class StartPhases {
  readonly #reachedMs: Partial<Record<Phase, number>>;

  constructor(spawnMs: number) {
    this.#reachedMs = { spawn: Math.round(spawnMs) };
  }

  reach(phase: Phase): void {
    this.#reachedMs[phase] ??= Math.round(performance.now() - processStartMs);
  }

  has(phase: Phase): boolean {
    return this.#reachedMs[phase] !== undefined;
  }

  get reachedMs(): Partial<Record<Phase, number>> {
    return this.#reachedMs;
  }
}

/** Waits for all phases of a `--smoke` run, and reports once: done, failed, interrupted, or timed out. */
export class Smoke {
  readonly #phases: StartPhases;
  readonly #report: (report: SmokeReport) => void;
  readonly #timer = setTimeout(() => this.#timeOut(), LIMIT_MS);
  #hasReported = false;

  constructor(phases: StartPhases, report: (report: SmokeReport) => void) {
    this.#phases = phases;
    this.#report = report;
  }

  /** Reports success if all phases are reached. */
  progress(facts: Facts): void {
    const phasesMs = this.#phases.reachedMs;
    if (isComplete(phasesMs)) this.#reportOnce({ ok: true, phasesMs, ...facts });
  }

  failed(failure: Failure): void {
    this.#reportOnce({ ok: false, failure, phasesMs: this.#phases.reachedMs });
  }

  /** Call it when the app quits before the report. */
  interrupted(): void {
    this.#reportOnce({ ok: false, failure: { kind: 'interrupted' }, phasesMs: this.#phases.reachedMs });
  }

  #timeOut(): void {
    const reached = PHASES.filter(phase => this.#phases.has(phase));
    const failure = { kind: 'timeout', afterMs: LIMIT_MS, reached } as const;
    this.#reportOnce({ ok: false, failure, phasesMs: this.#phases.reachedMs });
  }

  #reportOnce(report: SmokeReport): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    clearTimeout(this.#timer);
    this.#report(report);
  }
}

function isComplete(phases: Partial<Record<Phase, number>>): phases is Record<Phase, number> {
  return PHASES.every(phase => phases[phase] !== undefined);
}
