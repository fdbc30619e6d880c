/**
 * The states of quitting, as data: `next` returns the state after an event, and `Lifecycle` acts on it. The table of all
 * states and events is in docs/supervision.md.
 */
export type Quit =
  | { phase: 'running' }
  /** The user decides whether a quit may cut off running work. */
  | { phase: 'asking' }
  /** A --smoke run. It exits with its report, so a quit only makes it report at once. */
  | { phase: 'smoke' }
  /** A --smoke run that has to quit before its report. */
  | { phase: 'interrupted' }
  | Quitting;

/** Quitting cannot be cancelled; a launch from now on starts a new process. */
export interface Quitting {
  phase: QuittingPhase;
  exit: Exit;
}

type QuittingPhase =
  /** The user quits. Waits for an installation in progress, or installs the downloaded update, if there is either. */
  | 'installing'
  /** The user quits. The server stops and the logs are written, as in all phases below. */
  | 'closing'
  /** The computer shuts down, the user logs out, or an installer replaces the app. No update is installed. */
  | 'session-ending'
  /** The app needs a new process for another port. */
  | 'relaunching'
  /** Another version has been installed. */
  | 'replaced'
  /** A --smoke run has reported. */
  | 'reported'
  /** Nothing is left to wait for. */
  | 'done';

/** The way in which the process ends. */
export type Exit =
  /** Electron closes the windows and exits with code 0. */
  | { by: 'quit' }
  /** The process exits at once. */
  | { by: 'exit'; code: number }
  | ({ by: 'relaunch' } & Relaunch);

/** A new process that starts when this one has exited. */
export interface Relaunch {
  /** Reason, for the log. */
  why: string;
  /** The program, if it differs from that of this process. */
  program?: string;
  /** Further arguments. */
  args: readonly string[];
}

export type QuitEvent =
  /** The user quits while work may be running. */
  | { type: 'ask' }
  /** The user does not quit after all. */
  | { type: 'keep-working' }
  /** The user, who has agreed if work runs, or a signal. `pending`: the server runs, or an update has to be installed first. */
  | { type: 'quit'; pending: boolean }
  /** Shutdown, logout, or an installer that replaces the app: they do not wait for long. */
  | { type: 'session-end' }
  /** No installation is in progress any more. */
  | { type: 'installed' }
  /** The server has stopped and the logs are written. `pending`: an installation has started meanwhile. */
  | { type: 'stopped'; pending: boolean }
  /** The user launched the app again, and no installer will start it. */
  | { type: 'second-launch' }
  /** The port was lost. */
  | { type: 'relaunch'; relaunch: Relaunch }
  /** Another version has been installed. `relaunch` is set if this process has to start it. */
  | { type: 'replaced'; relaunch?: Relaunch }
  | { type: 'reported'; code: number };

const SECOND_LAUNCH: Relaunch = { why: 'CachiBot was started again while it was closing', args: [] };

/** Returns the state after an event: the same object when the event changes nothing. */
export function next(state: Quit, event: QuitEvent): Quit {
  if (state.phase === 'done') return afterDone(state, event);
  switch (event.type) {
    case 'ask':
      return state.phase === 'running' ? { phase: 'asking' } : state;
    case 'keep-working':
      return state.phase === 'asking' ? { phase: 'running' } : state;
    case 'quit':
      if (state.phase === 'smoke') return { phase: 'interrupted' };
      return runs(state) ? { phase: event.pending ? 'installing' : 'done', exit: { by: 'quit' } } : state;
    case 'session-end':
      return afterSessionEnd(state);
    case 'installed':
      return state.phase === 'installing' ? { ...state, phase: 'closing' } : state;
    case 'stopped':
      return afterStop(state, event.pending);
    case 'second-launch':
      return isQuitting(state) ? afterSecondLaunch(state) : state;
    case 'relaunch':
      return runs(state) ? { phase: 'relaunching', exit: { by: 'relaunch', ...event.relaunch } } : state;
    case 'replaced':
      return afterReplacement(state, event.relaunch);
    case 'reported':
      if (state.phase !== 'smoke' && state.phase !== 'interrupted') return state;
      return { phase: 'reported', exit: { by: 'exit', code: event.code } };
  }
}

/** Whether the app is quitting, so that a new launch needs a new process. */
export function isQuitting(state: Quit): state is Quitting {
  return 'exit' in state;
}

/** Whether the app runs, and no quit has begun. */
function runs(state: Quit): boolean {
  return state.phase === 'running' || state.phase === 'asking';
}

/** After a quit Electron still closes its windows. A second launch at this time needs a new process. */
function afterDone(state: Quitting, event: QuitEvent): Quit {
  return event.type === 'second-launch' && state.exit.by === 'quit' ? afterSecondLaunch(state) : state;
}

function afterSessionEnd(state: Quit): Quit {
  switch (state.phase) {
    case 'smoke':
      return { phase: 'interrupted' };
    case 'running':
    case 'asking':
      return { phase: 'session-ending', exit: { by: 'quit' } };
    case 'installing':
    case 'closing':
      return { ...state, phase: 'session-ending' };
    default:
      return state;
  }
}

function afterStop(state: Quit, pending: boolean): Quit {
  if (!isQuitting(state) || state.phase === 'installing') return state;
  // Only the user's quit waits for an installation: the other phases follow it, or cannot wait.
  return { ...state, phase: state.phase === 'closing' && pending ? 'installing' : 'done' };
}

function afterSecondLaunch(state: Quitting): Quit {
  // A --smoke run ends with its own exit code.
  if (state.exit.by === 'relaunch' || state.phase === 'reported') return state;
  return { ...state, exit: { by: 'relaunch', ...SECOND_LAUNCH } };
}

function afterReplacement(state: Quit, relaunch: Relaunch | undefined): Quit {
  if (['smoke', 'interrupted', 'reported', 'replaced'].includes(state.phase)) return state;
  if (relaunch) return { phase: 'replaced', exit: { by: 'relaunch', ...relaunch } };
  const kept = isQuitting(state) && state.exit.by === 'relaunch' ? state.exit : undefined;
  return { phase: 'replaced', exit: kept ?? { by: 'exit', code: 0 } };
}
