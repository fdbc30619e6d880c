import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const RETRY_MS = 20_000;
const PAUSE_MS = 100;
/** `ENOTEMPTY`: Windows removes a file in the folder only when its last user closes it. */
const IN_USE: readonly unknown[] = ['EBUSY', 'EPERM', 'EACCES', 'ENOTEMPTY'];

const removeOnce = (folder: string) => rmSync(folder, { recursive: true, force: true });

/**
 * Removes a folder with its content, and retries while it is in use: Windows keeps files of a process that has just
 * exited open for a moment. Not with `maxRetries` of `rmSync`: for a busy folder inside, Node 20 does not retry, and
 * Node 24 rounds the pauses down to whole seconds.
 * @param options `remove` removes a folder without a retry
 * @throws the error of the last removal, when the folder is in use for too long; any other error at once
 */
export async function removeFolder(
  folder: string,
  { remove = removeOnce, limitMs = RETRY_MS }: { remove?: (folder: string) => void; limitMs?: number } = {},
): Promise<void> {
  const limit = performance.now() + limitMs;
  for (;;) {
    try {
      return remove(folder);
    } catch (error) {
      if (!IN_USE.includes((error as NodeJS.ErrnoException).code) || performance.now() > limit) throw error;
      await pause(PAUSE_MS);
    }
  }
}
