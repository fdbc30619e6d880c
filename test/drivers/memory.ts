/** Limits the memory growth of the shell. */

import type { AppRun } from './app-run';
import { readProcess } from './processes';

const MOST_MORE_BYTES = 50_000_000;

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
  let most = bytes;
  const timer = setInterval(() => {
    most = Math.max(most, readProcess(pid)?.bytes ?? 0);
  }, 50);
  run.onClose(() => clearInterval(timer));
  return {
    check() {
      const more = `${Math.round((most - bytes) / 1e6)} MB`;
      if (most - bytes > MOST_MORE_BYTES) throw new Error(`The shell grew by ${more}.`);
      return `the shell grew by ${more}`;
    },
  };
}
