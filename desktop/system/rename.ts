/**
 * Renames on Windows, where an antivirus program or an indexer opens a new file for a moment. Meanwhile the file cannot be
 * renamed or replaced.
 */

import { rename as renameCallback, renameSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Longest time for which a rename is tried again. */
const RETRY_MS = 1_000;
const PAUSE_MS = 20;
const IN_USE: readonly unknown[] = ['EPERM', 'EACCES', 'EBUSY'];

// Half the cost of `node:fs/promises`, which nothing else loads during the start.
const renameNow = promisify(renameCallback);
const retries = process.platform === 'win32';

/** Renames a file or a folder, as `rename` of Node does. On Windows, tries for a second while another program uses it. */
export function rename(from: string, to: string): Promise<void> {
  return retries ? retryWhileInUse(() => renameNow(from, to)) : renameNow(from, to);
}

/** Renames synchronously, with the same retries. */
export function renameInPlace(from: string, to: string): void {
  if (retries) retryWhileInUseSync(() => renameSync(from, to));
  else renameSync(from, to);
}

/** Calls `action` until it succeeds, fails for another reason than a file in use, or a second is over. */
export async function retryWhileInUse(action: () => Promise<void>): Promise<void> {
  const limit = performance.now() + RETRY_MS;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!isInUse(error) || performance.now() > limit) throw error;
      await delay(PAUSE_MS);
    }
  }
}

export function retryWhileInUseSync(action: () => void): void {
  const limit = performance.now() + RETRY_MS;
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (!isInUse(error) || performance.now() > limit) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

function isInUse(error: unknown): boolean {
  return IN_USE.includes((error as NodeJS.ErrnoException).code);
}
