/** Record of a running server, so that the next start can identify and stop it if the app was killed. */

import type { Identity } from './process-info';

export interface RunRecord {
  /** Value of `RUN_ID` in the environment of the server and its descendants. */
  id: string;
  /** The app that spawned it. */
  shell: Identity;
  server: Identity;
}

/** Returns the valid records in the content of a file, and ignores the rest. */
export function readRunRecords(content: unknown): RunRecord[] {
  return Array.isArray(content) ? content.filter(isRunRecord) : [];
}

function isRunRecord(value: unknown): value is RunRecord {
  const { id, shell, server } = (value ?? {}) as Record<string, unknown>;
  return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) && isIdentity(shell) && isIdentity(server);
}

function isIdentity(value: unknown): value is Identity {
  const { pid, startTime, executable } = (value ?? {}) as Record<string, unknown>;
  // An empty start time, or the number of a process group, would match the wrong processes.
  return (
    Number.isSafeInteger(pid) &&
    Number(pid) > 1 &&
    typeof startTime === 'string' &&
    startTime !== '' &&
    typeof executable === 'string' &&
    executable !== ''
  );
}
