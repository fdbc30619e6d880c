/** Longest line kept, in characters. */
export const LINE_LENGTH = 65_536;

/**
 * Joins the pieces of one stream into whole lines, so that a secret that arrives in two pieces is redacted. Truncates a
 * line that is too long, so that an endless line costs neither memory nor time.
 */
export class LineBuffer {
  #open = '';
  /** The start of the open line has been returned; the rest of it is only counted. */
  #tooLong = false;
  #leftOut = 0;

  /** Appends text, which may end in the middle of a line. Returns the lines that are now whole, with line breaks. */
  push(text: string): string {
    let whole = '';
    // No piece is longer than a line may be, so only its first line can become too long.
    for (let at = 0; at < text.length; at += LINE_LENGTH) whole += this.#take(text.slice(at, at + LINE_LENGTH));
    return whole;
  }

  /** Returns the last line, if it has no line break. Call it at the end of the stream. */
  end(): string {
    return this.#open === '' && !this.#tooLong ? '' : this.#close();
  }

  #take(piece: string): string {
    const first = piece.indexOf('\n');
    if (first === -1) return this.#extend(piece);
    const last = piece.lastIndexOf('\n');
    const whole = this.#extend(piece.slice(0, first)) + this.#close() + piece.slice(first + 1, last + 1);
    return whole + this.#extend(piece.slice(last + 1));
  }

  #extend(piece: string): string {
    if (this.#tooLong) {
      this.#leftOut += piece.length;
      return '';
    }
    this.#open += piece;
    if (this.#open.length <= LINE_LENGTH) return '';
    const kept = withoutCutWord(this.#open.slice(0, LINE_LENGTH));
    this.#leftOut = this.#open.length - kept.length;
    this.#tooLong = true;
    this.#open = '';
    return `${kept}…\n`;
  }

  #close(): string {
    const line = this.#tooLong ? `[${this.#leftOut} more characters of a long line left out]` : this.#open;
    this.#open = '';
    this.#tooLong = false;
    return `${line}\n`;
  }
}

/** A longer part of a secret is recognized by a pattern, see `redact.ts`. */
const PART_LENGTH = 256;

/** Removes the last word of a text that was cut off: it may be a part of a secret, too short to be recognized. */
export function withoutCutWord(text: string): string {
  const least = Math.max(0, text.length - PART_LENGTH);
  let end = text.length;
  while (end > least && !' \t\r\n"\'&,;'.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
