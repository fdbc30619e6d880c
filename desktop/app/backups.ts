import type { Backups } from '../backups/dialogs';
import type { RunningWork } from '../startup/running-work';
import type { Updates } from '../updates/host';
import { confirmCutOff, showMessage } from '../window/dialogs';
import { words } from '../words/en';

/** Backups that nothing cuts off by accident: neither a restart of the server or the app, nor a quit. */
export interface GuardedBackups extends Backups {
  /** A backup or a restore is in progress, its questions included. */
  readonly isRunning: boolean;
  /** Number of backups and restores that have begun. */
  readonly begun: number;
  /** Whether the server or the app may be restarted now. Otherwise tells the user to wait. */
  confirmRestart(): boolean;
  /** Asks the user whether to quit all the same. */
  confirmQuit(signal: AbortSignal): Promise<boolean>;
}

/** @param changed called when a backup or restore begins or ends */
export function guardBackups(backups: Backups, changed: () => void): GuardedBackups {
  let running = 0;
  let begun = 0;
  const run = async (work: () => Promise<void>) => {
    running++;
    begun++;
    changed();
    try {
      await work();
    } finally {
      running--;
      changed();
    }
  };
  const { inProgress, waitForIt, quitQuestion, quitStops } = words.backups;
  const { quit, keepWorking } = words.work;
  return {
    backUp: () => run(backups.backUp),
    restore: () => run(backups.restore),
    get isRunning() {
      return running > 0;
    },
    get begun() {
      return begun;
    },
    confirmRestart() {
      if (running > 0) void showMessage({ type: 'info', message: inProgress, detail: waitForIt });
      return running === 0;
    },
    confirmQuit: signal =>
      confirmCutOff({ message: quitQuestion, detail: quitStops, buttons: [quit, keepWorking] }, signal),
  };
}

interface Interrupted {
  backups: GuardedBackups;
  work: RunningWork;
}

interface Restarted extends Interrupted {
  updates: Pick<Updates, 'isInstalling'>;
}

/**
 * Asks whether a quit may stop a backup, then whether it may stop running work; again about a backup that has begun while
 * the user decided. Returns true at once when nothing is running.
 */
export function confirmQuit({ backups, work }: Interrupted, signal: AbortSignal): Promise<boolean> | true {
  const confirmed = backups.isRunning ? false : work.confirm('quit', signal);
  return confirmed === true ? true : confirmQuitLater({ backups, work }, signal, confirmed);
}

async function confirmQuitLater(
  { backups, work }: Interrupted,
  signal: AbortSignal,
  asked: Promise<boolean> | false,
): Promise<boolean> {
  if (asked !== false && !(await asked)) return false;
  let isWorkConfirmed = asked !== false;
  for (let seen = -1; backups.isRunning && seen !== backups.begun; ) {
    seen = backups.begun;
    if (!(await backups.confirmQuit(signal))) return false;
    if (!isWorkConfirmed && !(await work.confirm('quit', signal))) return false;
    isWorkConfirmed = true;
  }
  return true;
}

/**
 * Asks whether a restart of the server or the app may stop running work, unless a backup, a restore, an installation or a
 * rollback is in progress.
 */
export async function confirmRestart({ backups, work, updates }: Restarted): Promise<boolean> {
  const isFree = () => !updates.isInstalling() && backups.confirmRestart();
  // A backup or an installation may begin while the question is open.
  return isFree() && (await work.confirm('restart')) && isFree();
}
