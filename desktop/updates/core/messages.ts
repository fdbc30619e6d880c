/** Why an update failed, in words for the user. */

import type { Activity } from '../../server/core/activity';
import { words } from '../../words/en';

/** The code of the error for a download that is missing or has changed. */
export const CHANGED = 'ERR_DOWNLOAD_CHANGED';

/** The message for an error. It keeps the technical reason, which helps whoever looks into it. */
export function updateProblem(error: unknown): string {
  const {
    code,
    message = String(error),
    statusCode,
  } = (error ?? {}) as {
    code?: string;
    message?: string;
    statusCode?: number;
  };
  const reason = message.split('\n')[0] ?? '';
  if (code === 'ENOSPC') return words.updateProblem.diskFull;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return words.updateProblem.notAllowed(reason);
  if (code === 'ERR_CHECKSUM_MISMATCH') return words.updateProblem.damaged;
  if (code === CHANGED) return words.updateProblem.changed;
  if (/redirect/i.test(reason)) return words.updateProblem.redirected;
  if (statusCode === 404) return words.updateProblem.nothingForSystem;
  if (statusCode !== undefined) return words.updateProblem.serverProblem(statusCode);
  if (/net::ERR_|ECONN|ENOTFOUND|ETIMEDOUT|aborted/.test(reason))
    return words.updateProblem.unreachable(reason.replace(/^Error: /, ''));
  return reason;
}

/** The question before an update stops running work; undefined when there is none. An unknown activity is asked about. */
export function questionBefore(
  activity: Activity | undefined,
  version: string,
): { message: string; detail: string } | undefined {
  if (activity && activity.jobs === 0 && activity.streams === 0) return undefined;
  const { restartQuestion, activityUnknown, workStops } = words.updates;
  const detail = activity === undefined ? activityUnknown : workStops(activity.jobs, activity.streams);
  return { message: restartQuestion(version), detail };
}
