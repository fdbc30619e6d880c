/** The screen for each state. All words about failures are here. */

import type { Flaw } from '../../server/core/bundle-manifest';
import type { Holder } from '../../server/core/data-owner';
import { EXIT_CODES, FORESEEN_CODES } from '../../server/core/exit-codes';
import type { BackendState, Failure, Silence } from '../../server/core/state';
import type { RollbackOption } from '../../updates/core/record';

export type Screen =
  | SplashScreen
  /**
   * The page of CachiBot. Until it has painted, the splash stays, with this on it. `notice` lies over the page like an
   * overlay, but once only, and until the user dismisses it.
   */
  | { kind: 'app'; splash?: SplashScreen; overlay?: Overlay; notice?: Overlay }
  /** The page stays as it is behind the overlay; one that has not painted yet stays behind the splash. */
  | { kind: 'waiting'; splash: SplashScreen; overlay: Overlay }
  | FailureScreen;

/** Lies over the page, which stays as it is. */
export interface Overlay {
  title: string;
  text: string;
  /** Something is being done about it. */
  busy: boolean;
  choices: readonly Choice[];
}

/** Buttons of an overlay. */
export type Choice = 'wait' | 'restart' | 'reload' | 'dismiss' | 'logs';

export interface SplashScreen {
  kind: 'splash';
  text: string;
  /** Adds the choice to keep waiting or to look at the log. */
  slow: boolean;
  /** A further notice. */
  note?: string;
}

export interface FailureScreen {
  kind: 'failure';
  title: string;
  /** What happened, and what to do. */
  detail: string;
  /** The last lines the server wrote to stderr, oldest first. */
  lines: readonly string[];
  /** Offers to stop the user's own server, and to go on here. */
  offersStop?: boolean;
  /** The button that leads back to the version before, when this one is new and has never been ready. */
  rollBack?: string;
}

/** Nothing to show means whatever is on the screen may stay there. */
export function screenFor(state: BackendState): Screen | undefined {
  switch (state.phase) {
    case 'stopped':
      return undefined;
    case 'stopping':
      if (state.again) return waiting('Closing the server…', 'It is ended first, then it starts again.');
      return state.because ? { kind: 'splash', text: 'Closing the server…', slow: false } : undefined;
    case 'restarting':
      return waiting(whatEnded(state.because), startsAgain(state.attempt));
    case 'starting': {
      const splash: SplashScreen = { kind: 'splash', text: startingText(state), slow: state.slow && !state.patient };
      if (state.again === undefined) return state.proved ? { kind: 'app', splash } : splash;
      const text = state.slow ? startingText(state) : startsAgain(state.again.attempt);
      const { overlay } = waiting(whatEnded(state.again.because), text, splash.slow ? ['wait', 'logs'] : ['logs']);
      return { kind: state.proved ? 'app' : 'waiting', splash, overlay };
    }
    case 'ready':
      return {
        kind: 'app',
        ...(state.silence ? { overlay: silenceOverlay(state.silence) } : {}),
        ...(state.strayLog === undefined ? {} : { notice: strayLogNotice(state.strayLog) }),
      };
    case 'attached':
      return { kind: 'app' };
    case 'failed':
      return { kind: 'failure', ...explain(state.failure) };
  }
}

/** While what an earlier run has left is being ended. */
export const SWEEPING: SplashScreen = { kind: 'splash', text: 'Ending what an earlier run has left…', slow: false };

/** The same, with a word in passing about what an earlier run had left, where the screen has a splash to say it on. */
export function withSwept(screen: Screen, { servers, others }: { servers: number; others: number }): Screen {
  if (servers + others === 0) return screen;
  const what = servers > 0 ? 'its server running' : others > 1 ? `${others} programs running` : 'a program running';
  const note = `An earlier run had left ${what}. That has been ended.`;
  if (screen.kind === 'splash') return { ...screen, note };
  return screen.kind === 'app' && screen.splash ? { ...screen, splash: { ...screen.splash, note } } : screen;
}

/** A failure of a version that has never been ready on this machine offers the one before it. */
export function withRollback(screen: Screen, back: RollbackOption | undefined): Screen {
  if (screen.kind !== 'failure' || back === undefined) return screen;
  const data = back.data ? ' Your data was copied before the update, and that copy can be put back, too.' : '';
  const how =
    back.by === 'file'
      ? `This version has not started since it was installed: you can go back to version ${back.version}, which is still here.${data}`
      : `This version has not started since it was installed: you can install version ${back.version} again from the page of downloads.${data}`;
  const rollBack = back.by === 'file' ? `Go back to ${back.version}` : 'Open downloads';
  return { ...screen, detail: `${screen.detail} ${how}`, rollBack };
}

/** The whole failure as text, for the clipboard. */
export function failureAsText({ title, detail, lines }: FailureScreen, about: string): string {
  return [title, detail, ...(lines.length > 0 ? ['', 'The server’s last lines:', ...lines] : []), '', about].join('\n');
}

function startingText({ slow, modules }: { slow: boolean; modules: number }): string {
  if (!slow) return 'Starting CachiBot…';
  return modules > 0
    ? `This takes longer than usual. The server is still loading (${modules} parts so far).`
    : 'This takes longer than usual. The server has not answered yet.';
}

function waiting(title: string, text: string, choices: readonly Choice[] = ['logs']) {
  const splash: SplashScreen = { kind: 'splash', text, slow: false };
  return { kind: 'waiting', splash, overlay: { title, text, busy: true, choices } } as const;
}

function whatEnded(because: Failure): string {
  return because.kind === 'unresponsive' ? 'The server is being started again' : 'The server stopped';
}

function startsAgain(attempt: number): string {
  return `CachiBot starts it again${attempt > 1 ? ` (attempt ${attempt})` : ''}. Nothing you have typed is lost.`;
}

function strayLogNotice(file: string): Overlay {
  return {
    title: 'Your database was replaced',
    text: `CachiBot found changes that belong to another database, for example the one before a restore. It didn’t apply them and moved them to ${file}. You can delete that file if nothing is missing.`,
    busy: false,
    choices: ['dismiss', 'logs'],
  };
}

function silenceOverlay({ stopped, silentMs }: Silence): Overlay {
  const text = stopped
    ? 'Another program has stopped it. It goes on when that program lets it; or you can start it again.'
    : `It has been silent for ${Math.round(silentMs / 1000)} seconds. It may be busy and come back by itself; or you can start it again. What it is working on ends then.`;
  return {
    title: stopped ? 'The server has been stopped' : 'The server does not answer',
    text,
    busy: false,
    choices: ['wait', 'restart', 'logs'],
  };
}

type Words = { title: string; detail: string };

/** The failures the server's entry knows, by its exit codes (`cachibot_desktop/exit_codes.py`). Its last line says more. */
export const FORESEEN: Readonly<Record<(typeof FORESEEN_CODES)[number], Words>> = {
  [EXIT_CODES.DATA_IN_USE]: {
    title: 'CachiBot is already running elsewhere',
    detail: 'Another CachiBot server works on your data. Close it first, then try again.',
  },
  [EXIT_CODES.HOME_NOT_WRITABLE]: {
    title: 'CachiBot cannot write to its data folder',
    detail: 'Give yourself the permission to write to it, then try again. Nothing in it was changed.',
  },
  [EXIT_CODES.DISK_FULL]: {
    title: 'The disk is full',
    detail: 'Make some room on the disk that holds your data, then try again.',
  },
  [EXIT_CODES.DATABASE_DAMAGED]: {
    title: 'The database is damaged',
    detail: 'CachiBot has left it as it is. Put a backup in its place, or move it away to begin anew, then try again.',
  },
  [EXIT_CODES.DATABASE_NEWER]: {
    title: 'Your data belongs to a newer CachiBot',
    detail: 'This version could harm it and has left it alone. Install the newest CachiBot.',
  },
};

function explain(failure: Failure): Omit<FailureScreen, 'kind'> {
  switch (failure.kind) {
    case 'not-started':
      return { title: 'The server could not be started', detail: whyNotStarted(failure), lines: [] };
    case 'damaged':
      return { title: 'Files of CachiBot are damaged', detail: whatIsDamaged(failure), lines: failure.lines };
    case 'no-workspace':
      return {
        title: 'The folder for your work cannot be made',
        detail: `CachiBot works in ${failure.folder}, and the system refuses to make it (${failure.reason}). Make that folder yourself, or free the place it needs, then try again.`,
        lines: [],
      };
    case 'port-lost':
      return {
        title: 'Another program took the server’s place',
        detail: `Port ${failure.port} was taken by another program while CachiBot started. Try again: CachiBot then looks for a free one.`,
        lines: [],
      };
    case 'exited': {
      const foreseen = FORESEEN_CODES.find(code => code === failure.code);
      if (failure.holder) return { ...whoHolds(failure.holder), lines: failure.lines };
      if (foreseen && !failure.ready) return { ...FORESEEN[foreseen], lines: failure.lines };
      return {
        title: failure.ready ? 'The server stopped' : 'The server stopped before it was ready',
        detail: `It ended with ${failure.signal ? `signal ${failure.signal}` : `code ${failure.code}`}. Try again; if it keeps happening, the log tells more.`,
        lines: failure.lines,
      };
    }
    case 'too-slow':
      return {
        title: 'The server does not answer',
        detail: `It showed no sign of life for ${Math.round(failure.silentMs / 1000)} seconds${failure.stopped ? ', because another program had stopped it,' : ''} and was closed. Try again; if it keeps happening, the log tells more.`,
        lines: failure.lines,
      };
    case 'unresponsive':
      return {
        title: 'The server does not answer any more',
        detail: `It had not answered for ${Math.round(failure.silentMs / 1000)} seconds. Try again; if it keeps happening, the log tells more.`,
        lines: [],
      };
    case 'stuck':
      return {
        title: 'The server will not close',
        detail: `Process ${failure.pid} is still running though it was ended by force. Restarting the computer ends it.`,
        lines: [],
      };
  }
}

function whoHolds({ kind, pid, beganMs }: Holder): Words & { offersStop: boolean } {
  const { title } = FORESEEN[EXIT_CODES.DATA_IN_USE];
  const since = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(beganMs);
  if (kind === 'app')
    return {
      title,
      detail: `Another CachiBot app has worked on your data since ${since} (its server has PID ${pid}). Quit that app, then try again.`,
      offersStop: false,
    };
  return {
    title,
    detail: `Your own “cachibot server” (PID ${pid}) has worked on your data since ${since}. Two servers would damage each other’s work. Stop that one and go on here, or quit and leave it be.`,
    offersStop: true,
  };
}

function whyNotStarted({ file, reason }: { file: string; reason: string }): string {
  if (reason === 'ENOENT')
    return `The file ${file} is missing. Install CachiBot again; an antivirus program may have moved the file to quarantine.`;
  if (reason === 'EACCES' || reason === 'EPERM')
    return `The system does not allow ${file} to be run. Install CachiBot again, or give the file the permission to be executed.`;
  return `${file}: ${reason}`;
}

/** The file's name comes before it. */
const FLAWS: { readonly [What in Flaw['is']]: string } = {
  missing: 'is missing',
  unreadable: 'cannot be read',
  'not-executable': 'may not be executed',
  'of-another-size': 'is not as long as it should be',
  changed: 'has been changed',
};
const FLAWS_SHOWN = 3;

function whatIsDamaged({ folder, flawed, flaws }: { folder: string; flawed: number; flaws: readonly Flaw[] }): string {
  const named = flaws.slice(0, FLAWS_SHOWN).map(({ file, is }) => `${file} ${FLAWS[is]}`);
  const more = flawed > named.length ? `, and ${flawed - named.length} more of its files are damaged` : '';
  return `In the folder ${folder}, ${named.join(', ')}${more}. ${whatToDo(flaws)} Your data is not touched by that.`;
}

function whatToDo(flaws: readonly Flaw[]): string {
  if (flaws.every(({ is }) => is === 'not-executable'))
    return 'Install CachiBot again, or give the file the permission to be executed.';
  return 'Install CachiBot again. If that does not last, an antivirus program may have taken files into its quarantine: tell it to leave this folder alone.';
}
