/**
 * The states of the server, as data: `next` returns the state after an event, and `Backend` acts on it.
 *
 * Our own server process exists only in `starting`, `ready` and `stopping`, and after the failure `stuck`. An `attached`
 * server is another program's child. `restarting` is the pause before the next start.
 */

import type { Flaw } from './bundle-manifest';
import type { DataOwner } from './data-owner';
import { KNOWN_FAILURE_CODES } from './exit-codes';

/** Why there is no server. The words for users are in `words/screens.ts`. */
export type Failure =
  /** The file could not be run at all; `reason` is the system's error code or message. */
  | { kind: 'not-started'; file: string; reason: string }
  /** Files of the frozen server are missing or differ from its manifest: `flawed` of them; `flaws` are the first. */
  | { kind: 'damaged'; folder: string; flawed: number; flaws: readonly Flaw[]; lines: readonly string[] }
  /** The server's working directory is missing and cannot be created. */
  | { kind: 'no-workspace'; folder: string; reason: string }
  /** Another program took the port between our probe and the server's bind: exit code 48. */
  | { kind: 'port-lost'; port: number }
  /**
   * It exited by itself, before it was ready (`ready: false`) or after; exit code 0 is a failure, too. `holder`: the other
   * server that uses the data, if that is the cause.
   */
  | {
      kind: 'exited';
      ready: boolean;
      code: number | null;
      signal: string | null;
      lines: readonly string[];
      holder?: DataOwner;
    }
  /** No sign of life for the whole limit. */
  | ({ kind: 'too-slow'; lines: readonly string[] } & Silence)
  /** Nothing on this machine can connect to 127.0.0.1, so the server cannot be reached. */
  | { kind: 'loopback' }
  /** It was ready and no longer responds. Only the user stops it for that, unless its port refuses all connections. */
  | ({ kind: 'unresponsive' } & Silence)
  /** Still running after SIGKILL. */
  | { kind: 'stuck'; pid: number };

/**
 * Time without a response, and whether the process is suspended (SIGSTOP, a debugger). `cut`: nothing can connect to
 * 127.0.0.1.
 */
export interface Silence {
  silentMs: number;
  stopped: boolean;
  cut?: true;
}

/** Why the server is being restarted, and the number of this attempt. */
export interface RestartReason {
  because: Failure;
  attempt: number;
}

export type BackendState =
  | { phase: 'stopped' }
  | Starting
  /**
   * `silence`: set while it doesn't respond. `strayLog`: where the server moved a write-ahead log that did not belong to
   * the database.
   */
  | { phase: 'ready'; version: string; strayLog?: string; silence?: Silence }
  /** Development only: a server that is not our child. It gets no token and is never stopped. */
  | { phase: 'attached'; version: string }
  /** It exited after it was ready, and is restarted after `waitMs`. */
  | ({ phase: 'restarting'; waitMs: number } & RestartReason)
  /** The next phase is `failed` if `because` is set, `starting` if `again` is set, else `stopped`. */
  | { phase: 'stopping'; because?: Failure; again?: RestartReason }
  | { phase: 'failed'; failure: Failure };

export interface Starting {
  phase: 'starting';
  /** A response had the right proof, so the page may be loaded. */
  proved: boolean;
  /** Python modules imported so far: the server's sign of progress. */
  modules: number;
  /** The start takes longer than a user expects. */
  slow: boolean;
  /** It has given no sign of life for half of the time that is allowed, or longer. */
  stalled: boolean;
  /** The user chose to wait without a limit. */
  patient: boolean;
  again?: RestartReason;
}

export type BackendEvent =
  | { type: 'start' }
  | { type: 'proved'; modules: number }
  | { type: 'slow' }
  | { type: 'stalled' }
  /** It has imported a module, or written to stderr. */
  | { type: 'sign-of-life' }
  | { type: 'keep-waiting' }
  | { type: 'ready'; version: string; strayLog?: string }
  | { type: 'attached'; version: string }
  | { type: 'gave-up'; failure: Failure }
  | { type: 'silent'; silence: Silence }
  | { type: 'answers' }
  | { type: 'restart' }
  | { type: 'stop' }
  /** `retry`: the restart that the limits allow, if any. The failure decides whether it takes place. */
  | { type: 'gone'; failure: Failure; retry?: Retry };

/** A restart that the limits allow. */
export interface Retry {
  attempt: number;
  waitMs: number;
}

const STARTING: Starting = {
  phase: 'starting',
  proved: false,
  modules: 0,
  slow: false,
  stalled: false,
  patient: false,
};

/** Returns the state after an event: the same object when the event changes nothing. */
export function next(state: BackendState, event: BackendEvent): BackendState {
  switch (event.type) {
    case 'start':
      if (state.phase === 'restarting') return startAgain(state);
      return isStopped(state) ? STARTING : state;
    case 'stop':
      if (state.phase === 'restarting') return { phase: 'stopped' };
      if (state.phase === 'stopping') return state.again ? { phase: 'stopping' } : state;
      return isStopped(state) ? state : { phase: 'stopping' };
    case 'gone':
      return afterGone(state, event.failure, event.retry);
    case 'silent':
    case 'answers':
    case 'restart':
      return state.phase === 'ready' ? whileReady(state, event) : state;
    case 'keep-waiting':
      if (state.phase === 'ready') return whileReady(state, { type: 'answers' });
      return state.phase === 'starting' ? duringStart(state, event) : state;
    case 'proved':
    case 'slow':
    case 'stalled':
    case 'sign-of-life':
    case 'ready':
    case 'attached':
    case 'gave-up':
      return state.phase === 'starting' ? duringStart(state, event) : state;
  }
}

/** Whether no server runs and none will be started: safe to quit, and to start again. */
export function isStopped(state: BackendState): boolean {
  return state.phase === 'stopped' || state.phase === 'failed';
}

/** Whether the process at our port has proved to be ours: the condition for page, token and bridge. */
export function isProved(state: BackendState): boolean {
  return state.phase === 'ready' || (state.phase === 'starting' && state.proved);
}

/** Whether the server is being stopped, and not because of a failure or for a restart. */
export function isShuttingDown(state: BackendState): boolean {
  return state.phase === 'stopping' && !state.because && !state.again;
}

/** Whether the server is being restarted: the page waits for it. */
export function isRestarting(state: BackendState): boolean {
  return state.phase === 'restarting' || ((state.phase === 'starting' || state.phase === 'stopping') && !!state.again);
}

type StartEvent = Extract<
  BackendEvent,
  { type: 'proved' | 'slow' | 'stalled' | 'sign-of-life' | 'keep-waiting' | 'ready' | 'attached' | 'gave-up' }
>;

function duringStart(state: Starting, event: StartEvent): BackendState {
  switch (event.type) {
    case 'proved':
      if (state.proved && event.modules <= state.modules) return state;
      return { ...state, proved: true, modules: Math.max(state.modules, event.modules) };
    case 'slow':
      return state.slow ? state : { ...state, slow: true };
    case 'stalled':
      return state.stalled ? state : { ...state, stalled: true };
    case 'sign-of-life':
      return state.stalled ? { ...state, stalled: false } : state;
    case 'keep-waiting':
      return state.patient ? state : { ...state, patient: true };
    case 'ready': {
      const { version, strayLog } = event;
      return { phase: 'ready', version, ...(strayLog === undefined ? {} : { strayLog }) };
    }
    case 'attached':
      return { phase: 'attached', version: event.version };
    case 'gave-up':
      // The user chose to wait through silence only.
      if (state.patient && event.failure.kind === 'too-slow') return state;
      return { phase: 'stopping', because: event.failure };
  }
}

type Ready = Extract<BackendState, { phase: 'ready' }>;

function whileReady(
  state: Ready,
  event: Extract<BackendEvent, { type: 'silent' | 'answers' | 'restart' }>,
): BackendState {
  switch (event.type) {
    case 'silent':
      return { ...state, silence: event.silence };
    case 'answers': {
      const { silence, ...answering } = state;
      return silence ? answering : state;
    }
    case 'restart': {
      const because: Failure = { kind: 'unresponsive', ...(state.silence ?? { silentMs: 0, stopped: false }) };
      return { phase: 'stopping', again: { because, attempt: 1 } };
    }
  }
}

function afterGone(state: BackendState, failure: Failure, retry: Retry | undefined): BackendState {
  if (isStopped(state) || state.phase === 'restarting') return state;
  if (failure.kind === 'stuck') return { phase: 'failed', failure };
  if (state.phase === 'stopping') {
    if (state.again) return startAgain(state.again);
    return state.because ? { phase: 'failed', failure: state.because } : { phase: 'stopped' };
  }
  const restart = retry !== undefined && mayRecover(failure) && (state.phase === 'ready' || isRestarting(state));
  return restart ? { phase: 'restarting', because: failure, ...retry } : { phase: 'failed', failure };
}

/** Whether another start may succeed. The user has to resolve a known failure, or a program that cannot be run, first. */
function mayRecover(failure: Failure): boolean {
  if (failure.kind === 'exited') return !KNOWN_FAILURE_CODES.some(code => code === failure.code);
  return failure.kind === 'port-lost';
}

function startAgain({ because, attempt }: RestartReason): Starting {
  return { ...STARTING, again: { because, attempt } };
}
