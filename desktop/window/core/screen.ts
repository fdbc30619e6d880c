/** The screen for each state of the server. Its words are in `words/en.ts`. */

import type { Flaw } from '../../server/core/bundle-manifest';
import type { DataOwner } from '../../server/core/data-owner';
import { EXIT_CODES, KNOWN_FAILURE_CODES } from '../../server/core/exit-codes';
import { lastLine } from '../../server/core/last-line';
import type { BackendState, Failure, Silence } from '../../server/core/state';
import type { RollbackOption } from '../../updates/core/record';
import { words } from '../../words/en';
import { localTime } from '../../words/local-time';

export type Screen =
  | SplashScreen
  /**
   * CachiBot's page. `splash` is shown until the page has painted. `notice` is an overlay that is shown once, until the
   * user dismisses it.
   */
  | { kind: 'app'; splash?: SplashScreen; overlay?: Overlay; notice?: Overlay }
  /** The page stays as it is, below the overlay. `splash` is shown instead if the page has not painted yet. */
  | { kind: 'waiting'; splash: SplashScreen; overlay: Overlay }
  | FailureScreen;

/** A message above the page, which stays as it is. */
export interface Overlay {
  title: string;
  text: string;
  /** Shows that an operation is in progress. */
  busy: boolean;
  choices: readonly Choice[];
}

/** Buttons of an overlay. */
export type Choice = 'wait' | 'restart' | 'reload' | 'dismiss' | 'relaunch' | 'logs';

export interface SplashScreen {
  kind: 'splash';
  text: string;
  /** Shows the buttons to keep waiting and to open the log. */
  slow: boolean;
  /** A second text. */
  note?: string;
}

export interface FailureScreen {
  kind: 'failure';
  title: string;
  /** The cause, and the advice to the user. */
  detail: string;
  /** The last lines the server wrote to stderr, oldest first. */
  lines: readonly string[];
  /** Shows the button that stops the user's own server and continues here. */
  offersStop?: boolean;
  /** Shows the button that starts the app again. */
  offersRestart?: boolean;
  /** Label of the button for a rollback, when this version is new and has never been ready. */
  rollBack?: string;
}

/** Returns the screen for a state of the server; undefined to keep the current screen. */
export function screenFor(state: BackendState): Screen | undefined {
  switch (state.phase) {
    case 'stopped':
      return undefined;
    case 'stopping':
      if (state.again) return waiting(words.server.restarting, words.server.stopsFirst);
      return state.because ? { kind: 'splash', text: words.splash.stopping, slow: false } : undefined;
    case 'restarting':
      return waiting(restartTitle(state.because), words.server.restarts(state.attempt));
    case 'starting': {
      const splash: SplashScreen = { kind: 'splash', text: startingText(state), slow: state.slow && !state.patient };
      if (state.again === undefined && !state.proved) return splash;
      if (state.again === undefined) {
        // The user may be writing in the page already.
        const isStalled = state.stalled && !state.patient;
        const { overlay } = waiting(words.pages.starting, words.splash.noProgress, ['wait', 'logs']);
        return { kind: 'app', splash, ...(isStalled ? { overlay } : {}) };
      }
      const text = state.slow ? startingText(state) : words.server.restarts(state.again.attempt);
      const { overlay } = waiting(restartTitle(state.again.because), text, splash.slow ? ['wait', 'logs'] : ['logs']);
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

/** The splash while the processes that the last session left are stopped. */
export const CLEANING_UP: SplashScreen = { kind: 'splash', text: words.splash.cleaningUp, slow: false };

/** Adds a note on the stopped processes of an earlier session, if there were any and the screen has a splash. */
export function withCleanupNote(screen: Screen, { servers, others }: { servers: number; others: number }): Screen {
  if (servers + others === 0) return screen;
  const note = servers > 0 ? words.splash.stoppedServer : words.splash.stoppedPrograms(others);
  if (screen.kind === 'splash') return { ...screen, note };
  return screen.kind === 'app' && screen.splash ? { ...screen, splash: { ...screen.splash, note } } : screen;
}

/** Adds the reason why a restore could not be finished to a failure screen, if there is one. */
export function withRestoreProblem(screen: Screen, problem: string | undefined): Screen {
  if (screen.kind !== 'failure' || problem === undefined) return screen;
  return { ...screen, detail: `${problem} ${screen.detail}` };
}

/** Names the cause of a failure after the app's files were replaced while it was running. */
export function withReplacement(screen: Screen, isReplaced: boolean): Screen {
  if (screen.kind !== 'failure' || !isReplaced) return screen;
  return { ...screen, title: words.page.appUpdated, detail: words.page.failedAfterUpdate, offersRestart: true };
}

/** Adds the offer of a rollback to a failure screen, if there is one. */
export function withRollback(screen: Screen, option: RollbackOption | undefined): Screen {
  if (screen.kind !== 'failure' || option === undefined) return screen;
  const { kept, notKept, backupExists, goBackTo, openDownloads } = words.rollBack;
  const how = option.by === 'file' ? kept(option.version) : notKept(option.version);
  const rollBack = option.by === 'file' ? goBackTo(option.version) : openDownloads;
  const detail = [screen.detail, how, ...(option.data ? [backupExists] : [])].join(' ');
  return { ...screen, detail, rollBack };
}

/** Returns a failure screen as text, for the clipboard. `about`: versions of CachiBot, Electron and the system. */
export function failureAsText({ title, detail, lines }: FailureScreen, about: string): string {
  return [title, detail, ...(lines.length > 0 ? ['', `${words.pages.lastOutput}:`, ...lines] : []), '', about].join(
    '\n',
  );
}

function startingText({ slow, modules }: { slow: boolean; modules: number }): string {
  if (!slow) return words.pages.starting;
  return modules > 0 ? words.splash.stillLoading(modules) : words.splash.notResponded;
}

function waiting(title: string, text: string, choices: readonly Choice[] = ['logs']) {
  const splash: SplashScreen = { kind: 'splash', text, slow: false };
  return { kind: 'waiting', splash, overlay: { title, text, busy: true, choices } } as const;
}

function restartTitle(reason: Failure): string {
  return reason.kind === 'unresponsive' ? words.server.restarting : words.server.stopped;
}

function strayLogNotice(file: string): Overlay {
  return {
    title: words.server.databaseReplaced,
    text: words.server.changesMoved(file),
    busy: false,
    choices: ['dismiss', 'logs'],
  };
}

function silenceOverlay({ stopped, silentMs, cut }: Silence): Overlay {
  if (cut) {
    const { loopbackCut: title, allowLoopback: text } = words.failure;
    return { title, text, busy: false, choices: ['wait', 'restart', 'logs'] };
  }
  const { paused, pausedByOther, notResponding, notRespondingFor } = words.server;
  return {
    title: stopped ? paused : notResponding,
    text: stopped ? pausedByOther : notRespondingFor(inSeconds(silentMs)),
    busy: false,
    choices: ['wait', 'restart', 'logs'],
  };
}

/** Words for the failures that have their own exit code (`cachibot_desktop/exit_codes.py`). The last line has details. */
export const KNOWN_FAILURES: Readonly<Record<(typeof KNOWN_FAILURE_CODES)[number], { title: string; detail: string }>> =
  {
    [EXIT_CODES.DATA_IN_USE]: words.failure.dataInUse,
    [EXIT_CODES.HOME_NOT_WRITABLE]: words.failure.dataNotWritable,
    [EXIT_CODES.DISK_FULL]: words.failure.diskFull,
    [EXIT_CODES.DATABASE_DAMAGED]: words.failure.databaseDamaged,
    [EXIT_CODES.DATABASE_NEWER]: words.failure.databaseNewer,
    [EXIT_CODES.LOCKS_REFUSED]: words.failure.locksRefused,
    [EXIT_CODES.RESTORE_PENDING]: words.failure.restorePending,
  };

type Explained = Omit<FailureScreen, 'kind'>;

function explain(failure: Failure): Explained {
  switch (failure.kind) {
    case 'not-started':
      return { title: words.failure.notStarted, detail: whyNotStarted(failure), lines: [] };
    case 'damaged':
      return { title: words.failure.damaged, detail: describeDamage(failure), lines: failure.lines };
    case 'no-workspace': {
      const detail = words.failure.workFolderRefused(failure.folder, failure.reason);
      return { title: words.failure.noWorkFolder, detail, lines: [] };
    }
    case 'port-lost':
      return { title: words.failure.portTaken, detail: words.failure.portTakenBy(failure.port), lines: [] };
    case 'exited':
      return explainExit(failure);
    case 'too-slow': {
      const { suspendedAtStart, silentAtStart } = words.failure;
      const detail = (failure.stopped ? suspendedAtStart : silentAtStart)(inSeconds(failure.silentMs));
      return { title: words.failure.neverResponded, detail, lines: failure.lines };
    }
    case 'loopback':
      return { title: words.failure.loopbackCut, detail: words.failure.allowLoopback, lines: [] };
    case 'unresponsive': {
      const detail = words.failure.silentFor(inSeconds(failure.silentMs));
      return { title: words.failure.stoppedResponding, detail, lines: [] };
    }
    case 'stuck':
      return { title: words.failure.notStoppable, detail: words.failure.survivedKill(failure.pid), lines: [] };
  }
}

function explainExit({ ready, code, signal, lines, holder }: Extract<Failure, { kind: 'exited' }>): Explained {
  if (holder) return { ...explainDataInUse(holder), lines };
  const knownCode = KNOWN_FAILURE_CODES.find(known => known === code);
  if (knownCode === EXIT_CODES.HOME_NOT_WRITABLE && !ready) return { ...explainDataFolder(lines), lines };
  const offersRestart = knownCode === EXIT_CODES.RESTORE_PENDING;
  if (knownCode && !ready) return { ...KNOWN_FAILURES[knownCode], lines, ...(offersRestart ? { offersRestart } : {}) };
  return {
    title: ready ? words.server.stopped : words.failure.stoppedBeforeReady,
    detail: signal ? words.failure.endedBySignal(signal) : words.failure.exitedWithCode(code),
    lines,
  };
}

/** The server also exits with this code when a link leads to a lost disk, for instance. Then its last line says so. */
function explainDataFolder(lines: readonly string[]): { title: string; detail: string } {
  const { dataNotWritable, dataNotUsable } = words.failure;
  const said = lastLine(lines.join('\n'));
  if (!said?.endsWith('.') || said.startsWith(dataNotWritable.title.replaceAll('’', "'"))) return dataNotWritable;
  return { title: dataNotUsable, detail: said };
}

function explainDataInUse({ kind, pid, beganMs }: DataOwner): { title: string; detail: string; offersStop: boolean } {
  const { dataInUse, usedByApp, usedByOwnServer } = words.failure;
  const describe = kind === 'app' ? usedByApp : usedByOwnServer;
  return { title: dataInUse.title, detail: describe(pid, localTime(beganMs)), offersStop: kind === 'stock' };
}

function whyNotStarted({ file, reason }: { file: string; reason: string }): string {
  if (reason === 'ENOENT') return words.failure.fileMissing(file);
  if (reason === 'EACCES' || reason === 'EPERM') return words.failure.fileNotAllowed(file);
  return words.failure.fileNotRun(file, reason);
}

const MAX_FLAWS_SHOWN = 3;

function describeDamage({ folder, flawed, flaws }: { folder: string; flawed: number; flaws: readonly Flaw[] }): string {
  const { damagedIn, reinstall, reinstallOrAllow } = words.failure;
  const named = flaws.slice(0, MAX_FLAWS_SHOWN).map(({ file, is }) => `${file} ${words.failure.flaws[is]}`);
  const advice = flaws.every(({ is }) => is === 'not-executable') ? reinstallOrAllow : reinstall;
  return damagedIn(folder, named, flawed - named.length, advice);
}

function inSeconds(ms: number): number {
  return Math.round(ms / 1000);
}
