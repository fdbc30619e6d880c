/** Record of a running server, so that the next start can identify and stop it if the app was killed. */

import type { Identity } from './process-info';

export interface Run {
  /** Value of `RUN_ID` in the environment of the server and of everything it starts. */
  id: string;
  /** The app that began it. */
  shell: Identity;
  server: Identity;
}

/** Reads what a file held; what is no whole record counts as never written. */
export function readRuns(content: unknown): Run[] {
  return Array.isArray(content) ? content.filter(isRun) : [];
}

function isRun(value: unknown): value is Run {
  const { id, shell, server } = (value ?? {}) as Record<string, unknown>;
  return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) && isIdentity(shell) && isIdentity(server);
}

function isIdentity(value: unknown): value is Identity {
  const { pid, startTime, executable } = (value ?? {}) as Record<string, unknown>;
  // A start that nobody knew, or a group's number, would fit too many.
  return (
    Number.isSafeInteger(pid) &&
    Number(pid) > 1 &&
    typeof startTime === 'string' &&
    startTime !== '' &&
    typeof executable === 'string' &&
    executable !== ''
  );
}
