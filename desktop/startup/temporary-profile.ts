import { existsSync, mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app } from 'electron';
import { startup } from '../words/startup';
import { exitNow } from './exit-now';

const RETRY_MS = 20;
const MAX_ATTEMPTS = 100;
/** Number of checks in a row that must find no folder. */
const CHECKS_WITHOUT_FOLDER = 5;

/** Creates the folder for all files of one `--smoke` run, and returns its path. */
export function createTemporaryHome(): string {
  return mkdtempSync(join(tmpdir(), 'cachibot-smoke-'));
}

/**
 * Removes the folder and exits at once: on an orderly exit Chromium's processes would write their caches into the folder
 * after it is gone.
 */
export function removeHomeAndExit(folder: string, code: number): void {
  app.releaseSingleInstanceLock(); // the lock's socket is in another folder
  for (const { pid } of app.getAppMetrics()) {
    if (pid !== process.pid) kill(pid);
  }
  try {
    remove(folder);
  } catch (error) {
    // Windows does not remove files that this process still has open.
    writeSync(2, `${startup.notRemoved(folder, (error as Error).message)}\n`);
  } finally {
    exitNow(code);
  }
}

/** Removes the folder, repeatedly: Chromium's threads in this process may write into it again, mostly after the start. */
function remove(folder: string): void {
  for (let attempt = 0, gone = 0; gone < CHECKS_WITHOUT_FOLDER; attempt++) {
    gone = existsSync(folder) ? 0 : gone + 1;
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has already exited.
  }
}
