import { withoutCutWord } from './redact';

/** Longest line kept, in characters. */
export const LINE_LENGTH = 65_536;

/**
 * Puts the lines of one stream together: a secret that arrives in two pieces is whole again before anybody looks for
 * it. A longer line keeps its beginning, so that one without end costs neither memory nor time.
 */
export class WholeLines {
  #open = '';
  /** The beginning of the open line has been given away, the rest is only counted. */
  #tooLong = false;
  #leftOut = 0;

  /** Takes the next piece, which may end in the middle of a line; returns what became whole, each line ended. */
  push(text: string): string {
    let whole = '';
    // No piece is longer than a line may be, so only its first line can grow too long.
    for (let at = 0; at < text.length; at += LINE_LENGTH) whole += this.#take(text.slice(at, at + LINE_LENGTH));
    return whole;
  }

  /** The stream has ended: returns the line that was open, if any. */
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
