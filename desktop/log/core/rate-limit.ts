/** Lines of one kind per period. More would displace all other lines from the log. */
const LINES = 200;
const PERIOD_MS = 10_000;

/** Limits lines of one kind in the log, such as those of a page that repeats a request, or of a state that alternates. */
export class RateLimit {
  #periodStartMs = 0;
  readonly #counts = new Map<string, number>();

  /** Returns the lines to write now: the summary of the last period if it is over, and `line` unless over the limit. */
  admit(line: string, nowMs: number): string[] {
    const isOver = nowMs - this.#periodStartMs >= PERIOD_MS;
    const summary = isOver ? this.leftOut() : [];
    if (isOver) this.#periodStartMs = nowMs;
    const kind = kindOf(line);
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return count > LINES ? summary : [...summary, line];
  }

  /** Returns one line for each kind with lines left out since the last call, and resets the counts. */
  leftOut(): string[] {
    const over = [...this.#counts].filter(([, count]) => count > LINES);
    this.#counts.clear();
    return over.map(([kind, count]) => `${count - LINES} more lines that start with “${kind}” left out`);
  }
}

/** Returns the text before the first colon. */
function kindOf(line: string): string {
  return line.slice(0, 40).split(':', 1)[0] ?? '';
}
