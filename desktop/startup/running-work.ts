import type { BackendState } from '../server/core/state';
import { lazyRequire } from '../system/lazy-require';
import { type Interruption, workQuestion } from './core/work-question';

const activityModule = lazyRequire<typeof import('../server/activity')>(() => require('../server/activity'));
const dialogs = lazyRequire<typeof import('../window/dialogs')>(() => require('../window/dialogs'));

/** A server that takes longer to respond hangs, and the user wants to get rid of it. */
const LIMIT_MS = 1_000;

interface Options {
  backend: { readonly state: BackendState; readonly token: string | undefined };
  port: number;
}

export interface RunningWork {
  /**
   * Asks the user, if work runs that would be cut off. Returns true at once when no work can be running, and false while
   * another question is open.
   */
  confirm(interruption: Interruption, signal?: AbortSignal): Promise<boolean> | true;
}

/** Creates the question before work is cut off. */
export function createRunningWork({ backend, port }: Options): RunningWork {
  let isAsking = false;
  return {
    confirm(interruption, signal) {
      const { state, token } = backend;
      if (state.phase !== 'ready' || state.silence !== undefined || token === undefined) return true;
      if (isAsking) return Promise.resolve(false);
      isAsking = true;
      return ask(interruption, token, signal).finally(() => {
        isAsking = false;
      });
    },
  };

  async function ask(interruption: Interruption, token: string, signal?: AbortSignal): Promise<boolean> {
    const question = workQuestion(interruption, await activityModule().requestActivity(port, token, LIMIT_MS));
    if (question === undefined) return true;
    if (signal?.aborted) return false;
    return dialogs().confirmCutOff(question, signal);
  }
}
