/** The question before a quit or a restart cuts off running work. */

import type { Activity } from '../../server/core/activity';
import { work } from '../../words/work';

export type Interruption = 'quit' | 'restart';

export interface WorkQuestion {
  message: string;
  detail: string;
  /** The first one agrees. */
  buttons: [string, string];
}

/** Returns the question; undefined when no work runs, or the server doesn't respond and so can't continue any. */
export function workQuestion(interruption: Interruption, activity: Activity | undefined): WorkQuestion | undefined {
  if (activity === undefined || activity.jobs + activity.answers === 0) return undefined;
  const { jobs, answers } = activity;
  return interruption === 'quit'
    ? { message: work.quitQuestion, detail: work.quitStops(jobs, answers), buttons: [work.quit, work.keepWorking] }
    : {
        message: work.restartQuestion,
        detail: work.restartStops(jobs, answers),
        buttons: [work.restart, work.keepWorking],
      };
}
