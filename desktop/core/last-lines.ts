/** Keeps the end of an endless text, bounded in lines and in their length. */

const LINES = 200;
const LINE_LENGTH = 2_000;

export class LastLines {
  readonly #lines: string[] = [];
  #open = '';

  /** Takes the next piece of text, which may end in the middle of a line. */
  push(text: string): void {
    const [first = '', ...rest] = text.split('\n');
    this.#extend(first);
    for (const piece of rest) {
      this.#close();
      this.#extend(piece);
    }
  }

  /** The last `count` lines that are not blank, oldest first, the unfinished one included. */
  last(count: number): string[] {
    return [...this.#lines, this.#open.trimEnd()].filter(line => line !== '').slice(-count);
  }

  #extend(piece: string): void {
    // A line of ten megabytes keeps its beginning, where the reason usually stands.
    if (this.#open.length < LINE_LENGTH) this.#open = (this.#open + piece).slice(0, LINE_LENGTH);
  }

  #close(): void {
    this.#lines.push(this.#open.trimEnd());
    if (this.#lines.length > LINES) this.#lines.shift();
    this.#open = '';
  }
}
