/** Checks of folders whose disk may not respond, such as that of a file server that is gone. */

import { stat } from 'node:fs/promises';

const LIMIT_MS = 2_000;

/** The system's code for a disk that does not respond. */
export const TIMED_OUT = 'ETIMEDOUT';

interface Options {
  isFolder?(path: string): Promise<boolean>;
  limitMs?: number;
}

/** Checks that have not finished, by folder. Each keeps one of the few threads for files until its disk responds. */
const pendingChecks = new Map<string, Promise<unknown>>();

/** Returns the first of these folders that exists, and whose disk responds. */
export async function firstFolder(
  paths: readonly string[],
  { isFolder = isDirectory, limitMs = LIMIT_MS }: Options = {},
): Promise<string | undefined> {
  for (const path of paths) {
    if ((await checkFolder(path, () => isFolder(path), limitMs)) === true) return path;
  }
  return undefined;
}

/**
 * Returns the result of a check of a folder, or TIMED_OUT if it takes too long. A check runs only when no other check of
 * that folder is pending. Rejects if the check does.
 */
export async function checkFolder<Result>(
  folder: string,
  check: () => Promise<Result>,
  limitMs = LIMIT_MS,
): Promise<Result | typeof TIMED_OUT> {
  for (let pending = pendingChecks.get(folder); pending; pending = pendingChecks.get(folder)) {
    if ((await withTimeLimit(pending, limitMs)) === TIMED_OUT) return TIMED_OUT;
  }
  const result = check();
  const finished = result.catch(() => {}).then(() => void pendingChecks.delete(folder));
  pendingChecks.set(folder, finished);
  return await withTimeLimit(result, limitMs);
}

async function withTimeLimit<Result>(result: Promise<Result>, limitMs: number): Promise<Result | typeof TIMED_OUT> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof TIMED_OUT>(resolve => {
    timer = setTimeout(() => resolve(TIMED_OUT), limitMs);
  });
  try {
    return await Promise.race([result, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false; // there is no such folder, or it may not be read
  }
}
