/** Limits the memory growth of the shell. */

import type { AppRun } from './app-run';
import { readProcess } from './processes';

const MAX_GROWTH_BYTES = 50_000_000;

export interface MemoryWatch {
  /**
   * Returns the shell's largest memory growth, in words.
   * @throws Error when it was more than 50 MB
   */
  check(): string;
}

/** Starts to measure the shell's resident memory, relative to its present size. */
export async function watchMemory(run: AppRun): Promise<MemoryWatch> {
  const { pid, bytes } = await run.process('shell');
  let maxBytes = bytes;
  const timer = setInterval(() => {
    maxBytes = Math.max(maxBytes, readProcess(pid)?.bytes ?? 0);
  }, 50);
  run.onClose(() => clearInterval(timer));
  return {
    check() {
      const growth = `${Math.round((maxBytes - bytes) / 1e6)} MB`;
      if (maxBytes - bytes > MAX_GROWTH_BYTES) throw new Error(`The shell grew by ${growth}.`);
      return `the shell grew by ${growth}`;
    },
  };
}
