/** Lines of one kind in one span of time; what is more would push everything else out of the log. */
const LINES = 200;
const SPAN_MS = 10_000;

/** Keeps what repeats itself (a page that asks in a loop, a state that flaps) from flooding the log. */
export class LineLimit {
  #began = 0;
  readonly #counts = new Map<string, number>();

  /** The lines to write now: how many were left out so far, when that is over, and the given one if it may be written. */
  admit(line: string, nowMs: number): string[] {
    const over = nowMs - this.#began >= SPAN_MS ? this.leftOut() : [];
    if (nowMs - this.#began >= SPAN_MS) this.#began = nowMs;
    const kind = kindOf(line);
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return count > LINES ? over : [...over, line];
  }

  /** Says what was left out since the last time, and begins to count anew. */
  leftOut(): string[] {
    const over = [...this.#counts].filter(([, count]) => count > LINES);
    this.#counts.clear();
    return over.map(([kind, count]) => `${count - LINES} more lines that begin with “${kind}” left out`);
  }
}

/** Returns the text before the first colon. */
function kindOf(line: string): string {
  return line.slice(0, 40).split(':', 1)[0] ?? '';
}
