import { setTimeout as delay } from 'node:timers/promises';
import { RotatingFile } from './rotating-file';

/** Text that waits to be written, in characters. Beyond it the oldest is dropped: the newest says what happened last. */
const WAITING = 1_000_000;
/** Written at once, in characters: redacting them takes a few milliseconds. */
const PIECE = 65_536;
/** Between two pieces when there are more, so that a flood leaves the processor and the disk to others. */
const REST_MS = 10;
/** A log that cannot be written is tried again after this long. */
const RETRY_MS = 60_000;
/** Longest time that the exit of the app waits for a slow disk. */
const END_MS = 2_000;

/** Writes whole lines to a log file in the background, redacted. Counts what it could not write. */
export class LogWriter {
  /** Whole lines, not redacted yet. */
  readonly #waiting: string[] = [];
  #waitingLength = 0;
  #dropped = 0;
  #whyDropped = '';
  #writing: Promise<void> | undefined;
  #hurry = false;
  #retryAt = 0;
  #failed = false;
  readonly #file: RotatingFile;
  readonly #redact: (text: string) => string;
  readonly #onFirstFailure: (error: Error) => void;

  /** `onFirstFailure` is called once, for the first write that fails. */
  constructor(file: string, redact: (text: string) => string, onFirstFailure: (error: Error) => void) {
    this.#file = new RotatingFile(file);
    this.#redact = redact;
    this.#onFirstFailure = onFirstFailure;
  }

  add(lines: string): void {
    if (lines === '') return;
    if (performance.now() < this.#retryAt) {
      this.#dropped += lines.length;
      return;
    }
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.length + lines.length <= PIECE)
      this.#waiting[this.#waiting.length - 1] = last + lines;
    else this.#waiting.push(lines);
    this.#waitingLength += lines.length;
    while (this.#waitingLength > WAITING && this.#waiting.length > 1) {
      this.#dropped += this.#next().length;
      this.#whyDropped = 'there was more than could be written';
    }
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves once all lines so far are written, or cannot be; in any case soon. */
  async flush(): Promise<void> {
    this.#hurry = true;
    await Promise.race([this.#writing, delay(END_MS, undefined, { ref: false })]);
    this.#hurry = false;
    if (this.#writing === undefined) await this.#file.close();
  }

  /** Removes and returns all that waits, for a process that cannot wait for `flush`. */
  takeWaiting(): string {
    return this.#waiting.splice(0).join('');
  }

  #next(): string {
    const text = this.#waiting.shift() ?? '';
    this.#waitingLength -= text.length;
    return text;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#next();
      const noted = this.#dropped;
      const note = noted > 0 ? `[${noted} characters left out: ${this.#whyDropped}]\n` : '';
      try {
        await this.#file.append(Buffer.from(note + this.#redact(lines)));
        this.#dropped -= noted;
      } catch (error) {
        this.#dropped += lines.length;
        this.#giveUpForNow(error as Error);
      }
      if (this.#waiting.length > 0 && !this.#hurry) await delay(REST_MS);
    }
  }

  #giveUpForNow(error: Error): void {
    this.#retryAt = performance.now() + RETRY_MS;
    this.#whyDropped = error.message;
    while (this.#waiting.length > 0) this.#dropped += this.#next().length;
    void this.#file.close();
    if (!this.#failed) this.#onFirstFailure(error);
    this.#failed = true;
  }
}
