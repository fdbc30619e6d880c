/** After this long without use, the server counts as idle. */
export const IDLE_AFTER_MS = 60_000;

/**
 * Whether the server is used: by the user, by the page, or by work of its own. An idle server is watched less closely, so
 * that an idle app hardly wakes the processor.
 */
export class Use {
  #lastMs = performance.now();
  readonly #listeners = new Set<() => void>();

  get isIdle(): boolean {
    return performance.now() - this.#lastMs >= IDLE_AFTER_MS;
  }

  /** Call it at each use. */
  readonly note = (): void => {
    this.#lastMs = performance.now();
    for (const listener of this.#listeners) listener();
  };

  onNote(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves at the next use, after `ms`, or when `signal` is aborted. */
  next(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const end = () => {
        clearTimeout(timer);
        this.#listeners.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#listeners.add(end);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }
}
