import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app } from 'electron';

/** A folder for everything one `--smoke` run keeps. */
export function makeThrowAway(): string {
  return mkdtempSync(join(tmpdir(), 'cachibot-smoke-'));
}

/**
 * Removes the folder and ends the process, in one breath: an orderly exit would have Chromium's processes
 * write their caches into the folder after it is gone. Nothing in a throw-away profile deserves that care.
 */
export function leaveThrowAway(folder: string, code: number): void {
  for (const { pid } of app.getAppMetrics()) {
    if (pid !== process.pid) killIfThere(pid);
  }
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  } catch (error) {
    // Windows does not remove what this very process still has open.
    writeSync(2, `${folder} could not be removed: ${(error as Error).message}\n`);
  } finally {
    // Electron replaces `process.exit` with the orderly one; this is the plain one beneath it.
    (process as unknown as { reallyExit(code: number): never }).reallyExit(code);
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
