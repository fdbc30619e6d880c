import { words } from '../../words/en';

/** Number of entries kept from the start, which show the cause, and from the end. */
const FIRST = 20;
const LAST = 280;

/** The first and the last events of this run, with their times. */
export class Timeline {
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #count = 0;

  /** `sinceStartMs`: milliseconds since the process started. */
  add(sinceStartMs: number, event: string): void {
    const entry = `${(sinceStartMs / 1000).toFixed(3).padStart(10)} s  ${event}`;
    this.#count++;
    if (this.#first.length < FIRST) this.#first.push(entry);
    else if (this.#last.push(entry) > LAST) this.#last.shift();
  }

  lines(): string[] {
    const missing = this.#count - this.#first.length - this.#last.length;
    return [...this.#first, ...(missing > 0 ? [words.report.eventsLeftOut(missing)] : []), ...this.#last];
  }
}
