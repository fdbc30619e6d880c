import { appendFileSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { APPEND_FLAGS } from '../system/own-file';
import { startup } from '../words/startup';
import { redact } from './core/redact';
import { clearLogPlace, RotatingFile } from './rotating-file';

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

type LogFile = Pick<RotatingFile, 'append' | 'close'>;

/**
 * Writes whole lines to a log file in the background, redacted. The file is rotated to `name.old`. A disk that is full or
 * slow, or a folder that cannot be written, never stops the app or the server: the characters that could not be written
 * are counted.
 */
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
  readonly #path: string;
  readonly #file: LogFile;
  readonly #report: (text: string) => void;

  /** `report` is called once, for the first write that fails. */
  constructor(path: string, report: (text: string) => void = writeToStderr, file: LogFile = new RotatingFile(path)) {
    this.#path = path;
    this.#file = file;
    this.#report = report;
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

  /** Writes the queue and `lines` before it returns: for a process that exits at once. */
  addSync(lines: string): void {
    const text = sanitize(this.#queue.splice(0).join('') + lines);
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      const note = clearLogPlace(this.#path);
      const handle = openSync(this.#path, APPEND_FLAGS, 0o600); // the process exits, and closes it
      appendFileSync(handle, note + text);
    } catch {
      // The caller writes the text to stderr as well.
    }
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
        await this.#file.append(Buffer.from(note + sanitize(lines)));
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
    if (!this.#failed) this.#report(startup.noLog(this.#path, error.message));
    this.#failed = true;
  }
}

/** Redacts secrets, and replaces control characters: a terminal would execute them, a viewer take the log for binary. */
function sanitize(text: string): string {
  return redact(text).replace(/[^\P{Cc}\t\r\n]/gu, '\ufffd');
}

function writeToStderr(text: string): void {
  try {
    writeSync(2, `${text}\n`);
  } catch {
    // The terminal is closed.
  }
}
