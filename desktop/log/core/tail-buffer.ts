import { withoutCutWord } from './redact';

/** Keeps the end of an endless text, bounded in lines and in their length. */

const LINES = 200;
const LINE_LENGTH = 2_000;

export class LastLines {
  readonly #lines: string[] = [];
  #open = '';

  /** Takes the next piece of text, which may end in the middle of a line. */
  push(text: string): void {
    // Blank lines come to nothing, and of a flood only the end stays.
    const [first = '', ...rest] = text.replace(/\n{2,}/g, '\n').split('\n');
    this.#extend(first);
    for (const piece of rest.slice(-LINES - 1)) {
      this.#close();
      this.#extend(piece);
    }
  }

  /** The last `count` lines that are not blank, oldest first, the unfinished one included. */
  last(count: number): string[] {
    return [...this.#lines, this.#line()].filter(line => line !== '').slice(-count);
  }

  #extend(piece: string): void {
    // A line of ten megabytes keeps its beginning, where the reason usually stands.
    if (this.#open.length < LINE_LENGTH) this.#open = (this.#open + piece).slice(0, LINE_LENGTH);
  }

  #close(): void {
    const line = this.#line();
    this.#open = '';
    // Blank lines would push out the reason before them.
    if (line === '') return;
    this.#lines.push(line);
    if (this.#lines.length > LINES) this.#lines.shift();
  }

  /** The open line as far as it may be shown. */
  #line(): string {
    return this.#open.length < LINE_LENGTH ? this.#open.trimEnd() : `${withoutCutWord(this.#open)}…`;
  }
}
