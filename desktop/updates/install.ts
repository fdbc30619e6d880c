import type { Activity } from '../server/core/activity';
import type { BackendState } from '../server/core/state';
import { words } from '../words/en';
import { CHANGED, questionBefore, updateProblem } from './core/messages';
import type { Backup } from './core/record';
import type { Outcome } from './updater';

/** The steps of an installation, in their order. */
export interface Steps {
  version: string;
  /** `none`: no server runs, so no work would be lost. */
  activity(): Promise<Activity | 'none' | undefined>;
  confirm(question: { message: string; detail: string }): Promise<boolean>;
  /** All that may fail while the server still runs. */
  prepare(): Promise<void>;
  flushPage(): void;
  backUp(): Promise<Backup | undefined>;
  /** Removes the copy: the old version continues. */
  dropBackup(backup: Backup): Promise<void>;
  /** Resolves when the server has exited, or cannot be stopped. */
  stop(): Promise<BackendState>;
  portIsFree(): Promise<boolean>;
  /** Notes the upgrade, so that the next start knows of it. */
  remember(backup: Backup | undefined): void;
  forget(): void;
  /** Puts the new version in the place of the old one. */
  apply(): Promise<void>;
  startAgain(): void;
  log(line: string): void;
}

/**
 * Puts one version in the place of another. No work is stopped without asking, nothing is changed before the data is
 * copied, and nothing is replaced while a server runs. If a step fails, the old version continues.
 */
export async function installUpdate(steps: Steps): Promise<Outcome> {
  const question = await questionNow(steps);
  if (question && !(await steps.confirm(question))) return { is: 'put-off' };
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
    if (backup) await steps.dropBackup(backup);
    return objection;
  }
  try {
    steps.remember(backup);
    await steps.apply();
  } catch (error) {
    // The copy stays: a package that failed may be half installed.
    forget(steps);
    steps.startAgain();
    return refused(words.updateProblem.stillOnOldVersion(updateProblem(error)), isLost(error));
  }
  return { is: 'installed' };
}

async function questionNow({ activity, version }: Steps): Promise<ReturnType<typeof questionBefore>> {
  const now = await activity();
  return now === 'none' ? undefined : questionBefore(now, version);
}

/** Stops the server. Returns why nothing may be replaced, if so. `agreed`: the user knows that running work ends. */
async function stopServer(steps: Steps, agreed: boolean): Promise<Outcome | undefined> {
  // Work may have begun while the data was copied, which can take minutes.
  const question = agreed ? undefined : await questionNow(steps);
  if (question && !(await steps.confirm(question))) return { is: 'put-off' };
  const state = await steps.stop();
  if (state.phase === 'failed' && state.failure.kind === 'stuck')
    return refused(words.updateProblem.serverNotStoppable(state.failure.pid));
  if (!(await steps.portIsFree())) {
    steps.startAgain();
    return refused(words.updateProblem.portTaken);
  }
  return undefined;
}

/** On a full disk nothing can be noted; the old version continues anyway. */
function forget(steps: Pick<Steps, 'forget' | 'log'>): void {
  try {
    steps.forget();
  } catch (error) {
    steps.log(`update: that it came to nothing could not be noted: ${(error as Error).message}`);
  }
}

function refused(problem: string, lost = false): Outcome {
  return { is: 'refused', problem, ...(lost ? { lost } : {}) };
}

/** The download is missing or has changed. */
function isLost(error: unknown): boolean {
  return (error as { code?: string }).code === CHANGED;
}
