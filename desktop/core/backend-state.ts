/**
 * The life of the Python server, as data. Nothing here starts or stops anything:
 * `next` says what an event means, and `Backend` acts on the answer.
 *
 * Outside `starting`, `ready`, `attached` and `stopping` there is no server process
 * of ours, unless the failure is `stuck`. (`attached` has none either: it is a stranger's.)
 */

import type { Flaw } from './bundle';

/** Why there is no server. The wording for people is in `screen.ts`. */
export type Failure =
  /** The file could not be run at all; `reason` is the system's error code or message. */
  | { kind: 'not-started'; file: string; reason: string }
  /** Files of the frozen server are not as they were made: `flawed` of them, `flaws` being the first. */
  | { kind: 'damaged'; folder: string; flawed: number; flaws: readonly Flaw[]; lines: readonly string[] }
  /** The folder it works in is not there and cannot be made. */
  | { kind: 'no-workspace'; folder: string; reason: string }
  /** Our port went to somebody else between looking and binding: exit code 48. */
  | { kind: 'port-lost'; port: number }
  /** It ended on its own, before it was ready (`ready: false`) or after. Exit code 0 is no excuse. */
  | { kind: 'exited'; ready: boolean; code: number | null; signal: string | null; lines: readonly string[] }
  /** No sign of life for the whole limit. */
  | { kind: 'too-slow'; silentMs: number; lines: readonly string[] }
  /** Killed by force, and still there. */
  | { kind: 'stuck'; pid: number };

export type BackendState =
  | { phase: 'stopped' }
  | Starting
  | { phase: 'ready'; version: string }
  /** Development only: a server that is not our child. It gets no token and is never stopped. */
  | { phase: 'attached'; version: string }
  | { phase: 'stopping'; because?: Failure }
  | { phase: 'failed'; failure: Failure };

export interface Starting {
  phase: 'starting';
  /** An answer carried the right proof, so the page may be loaded. */
  proved: boolean;
  /** Python modules imported so far: the server's sign of progress. */
  modules: number;
  /** Longer than a person expects, though not dead. */
  slow: boolean;
  /** The person chose to wait, however long it takes. */
  patient: boolean;
}

export type BackendEvent =
  | { type: 'start' }
  | { type: 'proved'; modules: number }
  | { type: 'slow' }
  | { type: 'keep-waiting' }
  | { type: 'ready'; version: string }
  | { type: 'attached'; version: string }
  | { type: 'gave-up'; failure: Failure }
  | { type: 'stop' }
  | { type: 'gone'; failure: Failure };

const STARTING: Starting = { phase: 'starting', proved: false, modules: 0, slow: false, patient: false };

/** Returns the same object when the event changes nothing. */
export function next(state: BackendState, event: BackendEvent): BackendState {
  switch (event.type) {
    case 'start':
      return isAtRest(state) ? STARTING : state;
    case 'stop':
      return isAtRest(state) || state.phase === 'stopping' ? state : { phase: 'stopping' };
    case 'gone':
      return afterGone(state, event.failure);
    case 'proved':
    case 'slow':
    case 'keep-waiting':
    case 'ready':
    case 'attached':
    case 'gave-up':
      return state.phase === 'starting' ? duringStart(state, event) : state;
  }
}

/** Nothing is left to wait for: safe to quit, to start again, to install. */
export function isAtRest(state: BackendState): boolean {
  return state.phase === 'stopped' || state.phase === 'failed';
}

/** Whether the process at our port has shown to be ours, now: the condition for page, token and bridge. */
export function isProved(state: BackendState): boolean {
  return state.phase === 'ready' || (state.phase === 'starting' && state.proved);
}

function duringStart(state: Starting, event: Exclude<BackendEvent, { type: 'start' | 'stop' | 'gone' }>): BackendState {
  switch (event.type) {
    case 'proved':
      if (state.proved && event.modules <= state.modules) return state;
      return { ...state, proved: true, modules: Math.max(state.modules, event.modules) };
    case 'slow':
      return state.slow ? state : { ...state, slow: true };
    case 'keep-waiting':
      return state.patient ? state : { ...state, patient: true };
    case 'ready':
      return { phase: 'ready', version: event.version };
    case 'attached':
      return { phase: 'attached', version: event.version };
    case 'gave-up':
      // A patient person has said that silence is fine, and nothing else.
      if (state.patient && event.failure.kind === 'too-slow') return state;
      return { phase: 'stopping', because: event.failure };
  }
}

function afterGone(state: BackendState, failure: Failure): BackendState {
  if (isAtRest(state)) return state;
  if (state.phase !== 'stopping' || failure.kind === 'stuck') return { phase: 'failed', failure };
  return state.because ? { phase: 'failed', failure: state.because } : { phase: 'stopped' };
}
