/** The initial requests of a page are over after this long without a request. */
export const QUIET_MS = 2_000;

/** `unavailable`: a status of 500 or more, as from a server that is still starting. The page repeats such a request. */
export type RequestResult = 'responded' | 'unavailable' | 'failed';

/**
 * Whether the initial requests of the page succeeded. CachiBot's page sends each of them once, and shows a spinner
 * forever if one fails. It handles failures of later requests itself.
 * Times are in milliseconds of one clock; `id` identifies a request.
 */
export class PageLoad {
  readonly #open = new Set<number>();
  #quietSinceMs: number | undefined;
  #over = false;
  #isIncomplete = false;

  /** An initial request failed; only a reload repeats it. */
  get isIncomplete(): boolean {
    return this.#isIncomplete;
  }

  /** Another page is loaded: all earlier requests are forgotten. */
  navigationStarted(): void {
    this.#open.clear();
    this.#quietSinceMs = undefined;
    this.#over = this.#isIncomplete = false;
  }

  requestStarted(id: number, nowMs: number): void {
    this.#over ||= this.#quietSinceMs !== undefined && nowMs - this.#quietSinceMs >= QUIET_MS;
    if (this.#over) return;
    this.#open.add(id);
    this.#quietSinceMs = undefined;
  }

  /** Ignores requests that are not initial. */
  requestEnded(id: number, result: RequestResult, nowMs: number): void {
    if (!this.#open.delete(id)) return;
    if (result === 'failed') this.#isIncomplete = true;
    if (this.#open.size === 0 && result !== 'unavailable') this.#quietSinceMs = nowMs;
  }
}
