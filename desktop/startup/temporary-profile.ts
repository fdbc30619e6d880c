import { existsSync, mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app } from 'electron';

const LOOK_MS = 20;
const MOST_LOOKS = 100;
/** So often in a row it has to be gone. */
const CALM_LOOKS = 5;

/** A folder for everything one `--smoke` run keeps. */
export function makeThrowAway(): string {
  return mkdtempSync(join(tmpdir(), 'cachibot-smoke-'));
}

/**
 * Removes the folder and ends the process, in one breath: an orderly exit would have Chromium's processes
 * write their caches into the folder after it is gone. Nothing in a throw-away profile deserves that care.
 */
export function leaveThrowAway(folder: string, code: number): void {
  app.releaseSingleInstanceLock(); // it has a folder of its own
  for (const { pid } of app.getAppMetrics()) {
    if (pid !== process.pid) killIfThere(pid);
  }
  try {
    remove(folder);
  } catch (error) {
    // Windows does not remove what this very process still has open.
    writeSync(2, `${folder} could not be removed: ${(error as Error).message}\n`);
  } finally {
    // Electron replaces `process.exit` with the orderly one; this is the plain one beneath it.
    (process as unknown as { reallyExit(code: number): never }).reallyExit(code);
  }
}

/** Chromium's threads in this very process may put files into it once more, above all when it has only just begun. */
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
