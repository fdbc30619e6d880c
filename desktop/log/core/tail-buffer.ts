import { withoutCutWord } from './line-buffer';

const LINES = 200;
const LINE_LENGTH = 2_000;

/** Keeps the last lines of an endless text. Number and length of the lines are limited. */
export class TailBuffer {
  readonly #lines: string[] = [];
  #open = '';

  /** Appends text, which may end in the middle of a line. */
  push(text: string): void {
    // Only saves time: blank lines, and all but the last lines of a long text, would be dropped below.
    const [first = '', ...rest] = text.replace(/\n{2,}/g, '\n').split('\n');
    this.#extend(first);
    for (const piece of rest.slice(-LINES - 1)) {
      this.#close();
      this.#extend(piece);
    }
  }

  /** Returns the last `count` lines that are not blank, oldest first, including an unfinished line. */
  last(count: number): string[] {
    return [...this.#lines, this.#line()].filter(line => line !== '').slice(-count);
  }

  #extend(piece: string): void {
    // Keeps the start of a long line, which usually names the cause.
    if (this.#open.length < LINE_LENGTH) this.#open = (this.#open + piece).slice(0, LINE_LENGTH);
  }

  #close(): void {
    const line = this.#line();
    this.#open = '';
    // Blank lines would displace the cause before them.
    if (line === '') return;
    this.#lines.push(line);
    if (this.#lines.length > LINES) this.#lines.shift();
  }

  /** Returns the open line, without a part of a secret at its end. */
  #line(): string {
    return this.#open.length < LINE_LENGTH ? this.#open.trimEnd() : `${withoutCutWord(this.#open)}…`;
  }
}
