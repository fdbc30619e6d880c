import { mkdtempSync, rmdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** Size of /dev/shm in a container. With less, processes of Chromium can be killed while they draw a page. */
const LEAST_BYTES = 64 * 1024 * 1024;

/** Whether Chromium's processes can share memory through files in this folder. */
export function canShareMemory(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < LEAST_BYTES) return false;
    rmdirSync(mkdtempSync(join(folder, 'cachibot-probe-')));
    return true;
  } catch {
    return false;
  }
}
