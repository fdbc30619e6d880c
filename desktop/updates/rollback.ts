import { preparePageRestore } from '../backups/page-storage-recovery';
import { isStopped } from '../server/core/state';
import { showMessage } from '../window/dialogs';
import { words } from '../words/en';
import { updateProblem } from './core/messages';
import { type Backup, type PendingUpgrade, type RollbackOption, rollbackOptionFor } from './core/record';
import { restoreBackup } from './database-backup';
import type { UpdateHost } from './host';
import { showProblem } from './notifier';
import type { InstallTarget } from './targets/target';
import type { Trial } from './trial';

interface Options {
  launch: Pick<UpdateHost['launch'], 'backend' | 'log' | 'folders'>;
  trial: Trial;
  /** The version that runs. */
  version: string;
  /** Address of the page where the user finds installers. */
  page: string;
  target: Pick<InstallTarget, 'rollback'> | undefined;
  openOwn: UpdateHost['openOwn'];
  confirmRestart: UpdateHost['confirmRestart'];
  /** Acquires the install lock; undefined when a rollback is not possible any more. */
  acquireLock(): (() => void) | undefined;
  isQuitting(): boolean;
  /** Exits the app when the previous version is in place, or its installer runs. */
  exitApp(): Promise<void>;
}

/**
 * Replaces this version by the previous version, if the user agrees. Opens the page with installers instead where the
 * previous version is not kept.
 */
export async function rollBack(options: Options): Promise<void> {
  const { launch, trial, version, page, openOwn, confirmRestart } = options;
  const { pending } = trial.record;
  const option = rollbackOptionFor(trial.record, version);
  if (option === undefined || pending === undefined || !isStopped(launch.backend.state)) return;
  if (option.by === 'page') return openOwn(page);
  const { response, checkboxChecked } = await showMessage(questionFor(option, version));
  // A backup of everything may have begun while the question was open.
  if (response === 0 && confirmRestart()) await apply(pending, checkboxChecked ? pending.backup : undefined, options);
}

function questionFor(option: RollbackOption, version: string): Electron.MessageBoxOptions {
  return {
    message: words.updates.rollBackQuestion(option.version),
    detail: words.updates.notStarted(version),
    buttons: [words.updates.rollBack, words.updates.cancel],
    cancelId: 1,
    ...(option.data ? { checkboxLabel: words.updates.restoreData, checkboxChecked: true } : {}),
  };
}

/** Rolls back. If that fails, a message shows the reason and what was changed until then. */
async function apply(pending: PendingUpgrade, backup: Backup | undefined, options: Options): Promise<void> {
  const { launch, trial, version, acquireLock, isQuitting, exitApp } = options;
  const { from, previous = '' } = pending;
  const { log } = launch;
  let done: string | undefined;
  const release = acquireLock();
  try {
    if (release === undefined || isQuitting()) throw new Error(words.updates.busy);
    const rollback = options.target?.rollback;
    if (rollback === undefined) throw new Error(words.updates.cannotReplaceItself);
    await rollback.assertPossible(previous);
    if (backup) {
      const aside = await restoreBackup(backup, new Date());
      done = words.updates.dataRestored(version, aside);
      log.line(`update: ${done}`);
      await preparePageRestore(launch.folders.profile, backup.copy);
    }
    trial.recordRollback();
    await rollback.restorePrevious(previous);
    log.line(`update: rolled back from ${version} to ${from}`);
    await exitApp();
  } catch (error) {
    // Released before the message, so that the user can do something else while it is open.
    release?.();
    log.line(`update: the rollback to ${from} failed: ${(error as Error).message}`);
    const problem = updateProblem(error);
    const detail = done === undefined ? words.updateProblem.nothingChanged(problem) : `${done} ${problem}`;
    await showProblem(words.updates.rollBackFailed(from), detail);
  } finally {
    release?.();
  }
}
