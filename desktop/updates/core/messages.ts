/** Why an update failed, in words for the user. */

import type { Activity } from '../../server/core/activity';
import { words } from '../../words/en';

/** Work that a restart stops. */
export type Work = Pick<Activity, 'jobs' | 'streams'>;

/** Error code: the download is missing or has changed. */
export const CHANGED = 'ERR_DOWNLOAD_CHANGED';

/** electron-updater's own words before ours, which are a whole message. */
const REFUSED_BY_PUBLISHER_CHECK = /^New version .*? is not signed by the application owner: /;

/** Returns the message for an error. It contains the technical reason where that helps to find the cause. */
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
  if (code === 'ERR_UPDATER_INVALID_SIGNATURE') return reason.replace(REFUSED_BY_PUBLISHER_CHECK, '');
  if (/redirect/i.test(reason)) return words.updateProblem.redirected;
  if (statusCode === 404) return words.updateProblem.nothingForSystem;
  if (statusCode !== undefined) return words.updateProblem.serverProblem(statusCode);
  if (/net::ERR_|ECONN|ENOTFOUND|ETIMEDOUT|aborted/.test(reason))
    return words.updateProblem.unreachable(reason.replace(/^Error: /, ''));
  return reason;
}

/**
 * Returns the question before an update stops running work; undefined when the server is idle. There is a question, too,
 * when the activity is not known.
 */
export function questionBefore(
  activity: Work | undefined,
  version: string,
): { message: string; detail: string } | undefined {
  if (activity && activity.jobs === 0 && activity.streams === 0) return undefined;
  const { restartQuestion, activityUnknown, workStops } = words.updates;
  const detail = activity === undefined ? activityUnknown : workStops(activity.jobs, activity.streams);
  return { message: restartQuestion(version), detail };
}
