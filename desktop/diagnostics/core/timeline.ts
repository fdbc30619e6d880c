import { words } from '../../words/en';

/** Number of entries kept of the beginning, which shows the cause, and of the end. */
const FIRST = 20;
const LAST = 280;

/** Events of this run with their times. Bounded, however many there are. */
export class Timeline {
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #count = 0;

  /** `sinceBeginMs`: milliseconds since the app's first line. */
  note(sinceBeginMs: number, what: string): void {
    const entry = `${(sinceBeginMs / 1000).toFixed(3).padStart(10)} s  ${what}`;
    this.#count++;
    if (this.#first.length < FIRST) this.#first.push(entry);
    else if (this.#last.push(entry) > LAST) this.#last.shift();
  }

  lines(): string[] {
    const missing = this.#count - this.#first.length - this.#last.length;
    return [...this.#first, ...(missing > 0 ? [words.report.eventsLeftOut(missing)] : []), ...this.#last];
  }
}
