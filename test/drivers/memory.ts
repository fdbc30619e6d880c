import type { AppRun } from './app-run';
import { look } from './processes';

const MOST_MORE_BYTES = 50_000_000;

export interface MemoryWatch {
  /**
   * Says how much more memory the shell took at most.
   * @throws Error when it was more than 50 MB.
   */
  check(): string;
}

/** Measures the memory of the shell, above what it has now. */
export async function watchMemory(run: AppRun): Promise<MemoryWatch> {
  const { pid, bytes } = await run.process('shell');
  let most = bytes;
  const timer = setInterval(() => {
    most = Math.max(most, look(pid)?.bytes ?? 0);
  }, 50);
  run.onClose(() => clearInterval(timer));
  return {
    check() {
      const more = `${Math.round((most - bytes) / 1e6)} MB`;
      if (most - bytes > MOST_MORE_BYTES) throw new Error(`The shell took ${more} more.`);
      return `the shell took ${more} more`;
    },
  };
}
