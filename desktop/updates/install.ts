import type { BackendState } from '../server/core/state';
import { words } from '../words/en';
import { CHANGED, questionBefore, updateProblem, type Work } from './core/messages';
import type { Backup } from './core/record';
import type { Outcome } from './updater';

/** The steps of an installation, in this order. */
export interface InstallSteps {
  version: string;
  /** Why the app cannot install the update, and what the user can do; undefined if it can install it. */
  manualStep: string | undefined;
  /** Returns the work of the server. `none`: no work would be lost without consent; undefined: not known. */
  activity(): Promise<Work | 'none' | undefined>;
  confirm(question: { message: string; detail: string }): Promise<boolean>;
  /**
   * Acquires the install lock, which keeps quits, restarts and backups from interrupting the installation. Returns false if
   * a backup has begun meanwhile, of which it tells the user.
   */
  acquireLock(): boolean;
  /** Does all that may fail while the server still runs. */
  prepare(): Promise<void>;
  flushPage(): void;
  backUp(): Promise<Backup | undefined>;
  /** Deletes the backup, because the old version continues. */
  deleteBackup(backup: Backup): Promise<void>;
  /** Stops the server. Resolves when it has exited, or cannot be stopped. */
  stop(): Promise<BackendState>;
  portIsFree(): Promise<boolean>;
  /** Records the upgrade for the next start. */
  recordUpgrade(backup: Backup | undefined): void;
  discardUpgrade(): void;
  /** Replaces the old version by the new version. */
  apply(): Promise<void>;
  restartServer(): void;
  log(line: string): void;
}

/**
 * Installs an update. It stops no work without the user's consent, changes nothing before the data is backed up, and
 * replaces nothing while a server runs. If a step fails, the old version continues.
 */
export async function installUpdate(steps: InstallSteps): Promise<Outcome> {
  if (steps.manualStep !== undefined) return refused(steps.manualStep);
  const question = await currentQuestion(steps);
  if (question && !(await steps.confirm(question))) return { is: 'postponed' };
  if (!steps.acquireLock()) return { is: 'postponed' };
  let backup: Backup | undefined;
  try {
    await steps.prepare();
    steps.flushPage();
    backup = await steps.backUp();
  } catch (error) {
    return refused(words.updateProblem.nothingChanged(updateProblem(error)), isLost(error));
  }
  const objection = await stopServer(steps, question !== undefined);
  if (objection !== undefined) {
    if (backup) await steps.deleteBackup(backup);
    return objection;
  }
  try {
    steps.recordUpgrade(backup);
    await steps.apply();
  } catch (error) {
    // The backup stays, because a package that failed may be half installed.
    discardUpgrade(steps);
    steps.restartServer();
    return refused(words.updateProblem.stillOnOldVersion(updateProblem(error)), isLost(error));
  }
  return { is: 'installed' };
}

async function currentQuestion({ activity, version }: InstallSteps): Promise<ReturnType<typeof questionBefore>> {
  const now = await activity();
  return now === 'none' ? undefined : questionBefore(now, version);
}

/** Stops the server. Returns a reason not to install, if there is one. `agreed`: the user knows that running work stops. */
async function stopServer(steps: InstallSteps, agreed: boolean): Promise<Outcome | undefined> {
  // New work may have started during the backup, which can take minutes.
  const question = agreed ? undefined : await currentQuestion(steps);
  if (question && !(await steps.confirm(question))) return { is: 'postponed' };
  const state = await steps.stop();
  if (state.phase === 'failed' && state.failure.kind === 'stuck')
    return refused(words.updateProblem.serverNotStoppable(state.failure.pid));
  if (!(await steps.portIsFree())) {
    steps.restartServer();
    return refused(words.updateProblem.portTaken);
  }
  return undefined;
}

/** Removes the upgrade from the record. A full disk prevents that, and the old version continues anyway. */
function discardUpgrade(steps: Pick<InstallSteps, 'discardUpgrade' | 'log'>): void {
  try {
    steps.discardUpgrade();
  } catch (error) {
    steps.log(`update: the failed upgrade could not be removed from the record: ${(error as Error).message}`);
  }
}

function refused(problem: string, lost = false): Outcome {
  return { is: 'refused', problem, ...(lost ? { lost } : {}) };
}

/** Whether the download is missing or has changed. */
function isLost(error: unknown): boolean {
  return (error as { code?: string }).code === CHANGED;
}
