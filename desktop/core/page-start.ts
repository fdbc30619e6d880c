/** How long the page must have asked for nothing, until its start counts as over. */
export const QUIET_MS = 2_000;

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

  /** Something of the start was refused or broke off, and nothing but loading the page anew mends that. */
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

  /** It came to its end; `ok`: with an answer. What the start did not ask for is not looked at. */
  end(id: number, ok: boolean, nowMs: number): void {
    if (!this.#open.delete(id)) return;
    if (!ok) this.#lacks = true;
    if (this.#open.size === 0) this.#quietSinceMs = nowMs;
  }
}
