/**
 * Renames on Windows, where an antivirus program or an indexer opens a new file for a moment. Meanwhile the file cannot be
 * renamed or replaced.
 */

import { rename as renameOfNode, renameSync as renameSyncOfNode } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Longest time for which a rename is tried again. */
const RETRY_MS = 1_000;
const PAUSE_MS = 20;
const IN_USE: readonly unknown[] = ['EPERM', 'EACCES', 'EBUSY'];

interface Renames {
  /** Renames a file or a folder, as `rename` of Node does. */
  rename(from: string, to: string): Promise<void>;
  /** Renames as `renameSync` of Node does. */
  renameSync(from: string, to: string): void;
}

const renamesOfNode: Renames = {
  // Half the cost of `node:fs/promises`, which nothing else loads during the start.
  rename: promisify(renameOfNode),
  renameSync: renameSyncOfNode,
};

/**
 * Returns the renames for a system: on Windows, they try for a second while another program uses the file.
 * @param native renames that do not try again
 */
export function renamesOn(platform: NodeJS.Platform, native: Renames = renamesOfNode): Renames {
  if (platform !== 'win32') return native;
  return {
    rename: (from, to) => retryWhileInUse(() => native.rename(from, to)),
    renameSync: (from, to) => retryWhileInUseSync(() => native.renameSync(from, to)),
  };
}

/** All renames of the shell use these, except `updates/targets/appimage.ts`, which runs on Linux only. */
export const { rename, renameSync } = renamesOn(process.platform);

/** Calls `action` until it succeeds, fails for another reason than a file in use, or a second is over. */
async function retryWhileInUse(action: () => Promise<void>): Promise<void> {
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

function retryWhileInUseSync(action: () => void): void {
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
