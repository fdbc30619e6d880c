import { existsSync, mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app } from 'electron';
import { startup } from '../words/startup';

const LOOK_MS = 20;
const MOST_LOOKS = 100;
/** Checks in a row that must find no folder. */
const CALM_LOOKS = 5;

/** Creates a folder for everything one `--smoke` run keeps, and returns its path. */
export function createTemporaryHome(): string {
  return mkdtempSync(join(tmpdir(), 'cachibot-smoke-'));
}

/**
 * Removes the folder and exits at once: on an orderly exit Chromium's processes would write their caches into the folder
 * after it is gone.
 */
export function removeHomeAndExit(folder: string, code: number): void {
  app.releaseSingleInstanceLock(); // Chromium keeps the lock's socket in another folder
  for (const { pid } of app.getAppMetrics()) {
    if (pid !== process.pid) killIfThere(pid);
  }
  try {
    remove(folder);
  } catch (error) {
    // Windows does not remove what this very process still has open.
    writeSync(2, `${startup.notRemoved(folder, (error as Error).message)}\n`);
  } finally {
    // Electron replaces `process.exit` with the orderly one; this is the plain one beneath it.
    (process as unknown as { reallyExit(code: number): never }).reallyExit(code);
  }
}

/** Chromium's threads in this process may write into the folder again, above all just after the start. */
function remove(folder: string): void {
  for (let look = 0, gone = 0; gone < CALM_LOOKS; look++) {
    gone = existsSync(folder) ? 0 : gone + 1;
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (look >= MOST_LOOKS) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
