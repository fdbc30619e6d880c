import { setTimeout as delay } from 'node:timers/promises';
import { RotatingFile } from './rotating-file';

/** Longest queue, in characters. When it is full the oldest lines are dropped: the newest show the last events. */
const QUEUE_LENGTH = 1_000_000;
/** Longest chunk that is written at once, in characters: redacting it takes a few milliseconds. */
const CHUNK_LENGTH = 65_536;
/** Pause between two chunks, so that a flood does not block the processor and the disk. */
const PAUSE_MS = 10;
/** Time after a failed write until the next attempt. */
const RETRY_MS = 60_000;
/** Longest time that the exit of the app waits for a slow disk. */
const FLUSH_MS = 2_000;

/** Writes whole lines to a log file in the background, redacted. Counts the characters it could not write. */
export class LogWriter {
  /** Chunks of whole lines, not redacted yet. */
  readonly #queue: string[] = [];
  #queueLength = 0;
  #dropped = 0;
  #whyDropped = '';
  #writing: Promise<void> | undefined;
  #flushing = false;
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
    const last = this.#queue.at(-1);
    if (last !== undefined && last.length + lines.length <= CHUNK_LENGTH)
      this.#queue[this.#queue.length - 1] = last + lines;
    else this.#queue.push(lines);
    this.#queueLength += lines.length;
    while (this.#queueLength > QUEUE_LENGTH && this.#queue.length > 1) {
      this.#dropped += this.#next().length;
      this.#whyDropped = 'there was more than could be written';
    }
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves once the queue is written or could not be written, at the latest after 2 s. */
  async flush(): Promise<void> {
    this.#flushing = true;
    await Promise.race([this.#writing, delay(FLUSH_MS, undefined, { ref: false })]);
    this.#flushing = false;
    if (this.#writing === undefined) await this.#file.close();
  }

  /** Empties the queue and returns its lines, for a process that cannot wait for `flush`. */
  takeQueue(): string {
    return this.#queue.splice(0).join('');
  }

  #next(): string {
    const text = this.#queue.shift() ?? '';
    this.#queueLength -= text.length;
    return text;
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const lines = this.#next();
      const dropped = this.#dropped;
      const note = dropped > 0 ? `[${dropped} characters left out: ${this.#whyDropped}]\n` : '';
      try {
        await this.#file.append(Buffer.from(note + this.#redact(lines)));
        this.#dropped -= dropped;
      } catch (error) {
        this.#dropped += lines.length;
        this.#dropQueue(error as Error);
      }
      if (this.#queue.length > 0 && !this.#flushing) await delay(PAUSE_MS);
    }
  }

  #dropQueue(error: Error): void {
    this.#retryAt = performance.now() + RETRY_MS;
    this.#whyDropped = error.message;
    while (this.#queue.length > 0) this.#dropped += this.#next().length;
    void this.#file.close();
    if (!this.#failed) this.#onFirstFailure(error);
    this.#failed = true;
  }
}
