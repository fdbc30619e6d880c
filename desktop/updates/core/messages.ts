/** Why an update failed, in words for the user. */

import type { Activity } from '../../server/core/activity';

/** The code of the error for a download that is missing or has changed. */
export const CHANGED = 'ERR_DOWNLOAD_CHANGED';
const LOGIN_PAGE = 'A network that wants you to log in first may have answered in its place.';
export const NOT_SIGNED = `The answer of the update feed is not signed by CachiBot. ${LOGIN_PAGE}`;

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
  if (code === 'ENOSPC') return 'The disk is full: make some room, then try again.';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return `The system does not allow it (${reason}).`;
  if (code === 'ERR_CHECKSUM_MISMATCH')
    return 'What was downloaded is damaged: it is not the file that the signed manifest names. It was thrown away.';
  if (code === CHANGED) return 'What was downloaded is gone, or was changed since. It has to be downloaded once more.';
  if (/redirect/i.test(reason)) return `The update feed sent CachiBot elsewhere, where it does not go. ${LOGIN_PAGE}`;
  if (statusCode === 404) return 'The update feed has nothing for this system (404).';
  if (statusCode !== undefined) return `The update feed is in trouble itself (it answered ${statusCode}).`;
  if (/net::ERR_|ECONN|ENOTFOUND|ETIMEDOUT|aborted/.test(reason))
    return `The update feed cannot be reached (${reason.replace(/^Error: /, '')}).`;
  return reason;
}

/** The question before an update stops running work; undefined when there is none. An unknown activity is asked about. */
export function questionBefore(
  activity: Activity | undefined,
  version: string,
): { message: string; detail: string } | undefined {
  if (activity && activity.jobs === 0 && activity.streams === 0) return undefined;
  const work = activity
    ? [counted(activity.jobs, 'background job'), counted(activity.streams, 'answer')].filter(text => text !== '')
    : [];
  const detail =
    activity === undefined
      ? 'The server does not say whether it is working on something. What it is working on ends with it.'
      : `The server is working on ${work.join(' and ')}, which the restart would end.`;
  return { message: `Restart now to update to CachiBot ${version}?`, detail };
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`;
}
