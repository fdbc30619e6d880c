import type { Backups } from '../backups/dialogs';
import { confirmCutOff, showMessage } from '../window/dialogs';
import { words } from '../words/en';

/** Backups that nothing cuts off by accident: neither a restart of the server or the app, nor a quit. */
export interface GuardedBackups extends Backups {
  /** A backup or a restore is in progress, its questions included. */
  readonly isRunning: boolean;
  /** Whether the server or the app may be restarted now. Otherwise tells the user to wait. */
  confirmRestart(): boolean;
  /** Asks the user whether to quit all the same. */
  confirmQuit(signal: AbortSignal): Promise<boolean>;
}

/** @param changed called when a backup or restore begins or ends */
export function guardBackups(backups: Backups, changed: () => void): GuardedBackups {
  let running = 0;
  const run = async (work: () => Promise<void>) => {
    running++;
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
    confirmRestart() {
      if (running > 0) void showMessage({ type: 'info', message: inProgress, detail: waitForIt });
      return running === 0;
    },
    confirmQuit: signal =>
      confirmCutOff({ message: quitQuestion, detail: quitStops, buttons: [quit, keepWorking] }, signal),
  };
}
