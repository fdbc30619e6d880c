/** Time without requests after which the page's start is over. */
export const QUIET_MS = 2_000;

/** `refused`: with a status of 500 or more, as of a server that still starts. The page asks again. */
export type End = 'answered' | 'refused' | 'broken';

/**
 * Whether the page got what it asked its server for when it began. CachiBot's page asks for each of that once, and shows
 * nothing but a wheel for ever when an answer does not come. Later requests are its own affair: it has its state by then.
 * Times are milliseconds of one clock; `id` is the same for all that is told of one request.
 */
export class PageStart {
  readonly #open = new Set<number>();
  #quietSinceMs: number | undefined;
  #over = false;
  #lacks = false;

  /** A request of the page's start failed; only a reload repeats it. */
  get lacks(): boolean {
    return this.#lacks;
  }

  /** A page is loaded in the place of what was there. */
  begin(): void {
    this.#open.clear();
    this.#quietSinceMs = undefined;
    this.#over = this.#lacks = false;
  }

  ask(id: number, nowMs: number): void {
    this.#over ||= this.#quietSinceMs !== undefined && nowMs - this.#quietSinceMs >= QUIET_MS;
    if (this.#over) return;
    this.#open.add(id);
    this.#quietSinceMs = undefined;
  }

  /** Requests after the start are ignored. */
  end(id: number, how: End, nowMs: number): void {
    if (!this.#open.delete(id)) return;
    if (how === 'broken') this.#lacks = true;
    if (this.#open.size === 0 && how !== 'refused') this.#quietSinceMs = nowMs;
  }
}
