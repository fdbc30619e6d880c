import type { Failure } from '../server/core/state';

export type Phase = 'spawn' | 'windowShown' | 'uiPainted' | 'serverReady';

interface Facts {
  server: { pid: number | undefined; port: number; version: string };
  url: string;
  title: string;
}

export type SmokeReport =
  | ({ ok: true /** From the first line of the main process. */; phasesMs: Record<Phase, number> } & Facts)
  | {
      ok: false;
      failure: Failure | { kind: 'timeout'; afterMs: number; reached: Phase[] } | { kind: 'interrupted' };
      phasesMs: Partial<Record<Phase, number>>;
    };

export interface Smoke {
  /** Takes the phases reached so far; once all are, the report is ready. */
  progress(phases: Partial<Record<Phase, number>>, facts: Facts): void;
  failed(failure: Failure): void;
  /** The app was told to leave before the report. */
  interrupted(): void;
}

const PHASES: readonly Phase[] = ['spawn', 'windowShown', 'uiPainted', 'serverReady'];
/** Leaves time to stop within the two minutes that `--smoke` may take. */
const LIMIT_MS = 100_000;

/** Watches a start as a person would see it, and reports once: done, failed, or too late. */
export function createSmoke(report: (report: SmokeReport) => void): Smoke {
  let phases: Partial<Record<Phase, number>> = {};
  let told = false;
  const tell = (result: SmokeReport) => {
    if (told) return;
    told = true;
    clearTimeout(timer);
    report(result);
  };
  const timer = setTimeout(() => {
    const reached = PHASES.filter(phase => phases[phase] !== undefined);
    tell({ ok: false, failure: { kind: 'timeout', afterMs: LIMIT_MS, reached }, phasesMs: phases });
  }, LIMIT_MS);

  return {
    progress(reached, facts) {
      phases = reached;
      if (isComplete(reached)) tell({ ok: true, phasesMs: reached, ...facts });
    },
    failed: failure => tell({ ok: false, failure, phasesMs: phases }),
    interrupted: () => tell({ ok: false, failure: { kind: 'interrupted' }, phasesMs: phases }),
  };
}

function isComplete(phases: Partial<Record<Phase, number>>): phases is Record<Phase, number> {
  return PHASES.every(phase => phases[phase] !== undefined);
}
