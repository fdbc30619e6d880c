import { appendFileSync, mkdirSync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WholeLines } from './core/line-buffer';
import { LineLimit } from './core/rate-limit';
import { maskSecrets } from './core/redact';

export interface Log {
  /** Appends one dated line, unless there were too many of its kind. */
  line(text: string): void;
  /** A way in for the output of one stream, apart from all others: two halves of its lines are never torn apart. */
  stream(): LogStream;
  /** Resolves once all so far is written, or cannot be; in any case soon. */
  end(): Promise<void>;
  /** For a process that will not see another turn of its loop: writes what waits, and this, before it returns. */
  lastWords(text: string): void;
}

export interface LogStream {
  /** Takes the next piece, which may end in the middle of a line. */
  write(text: string): void;
  /** Nothing more comes: the open line is as whole as it will be. */
  end(): void;
}

/** Of the file and of the older one beside it, each. */
const FILE_BYTES = 5_000_000;
/** What waits to be written, in characters. Beyond it the oldest is left out: the newest says what happened last. */
const WAITING = 1_000_000;
/** Written at once, in characters: a few milliseconds of masking. */
const PIECE = 65_536;
/** Between two pieces when there are more, so that a flood leaves the processor and the disk to others. */
const REST_MS = 10;
/** A log that cannot be written is tried again after this long. */
const RETRY_MS = 60_000;
/** How long the end of the app waits for a slow disk. */
const END_MS = 2_000;

/**
 * A log file with one older one beside it (`name.old`). A disk that is full or slow, or a folder that cannot be
 * written, never stops the app and never the server: it is said once, and what cannot be written is counted.
 */
export function openLog(file: string, say: (text: string) => void = sayOnStderr): Log {
  /** Whole lines, not yet masked. */
  const waiting: string[] = [];
  let waitingLength = 0;
  let leftOut = 0;
  let why = '';
  let handle: FileHandle | undefined;
  let bytes = 0;
  let writing: Promise<void> | undefined;
  let hurry = false;
  let retryAt = 0;
  let said = false;
  const limit = new LineLimit();
  const own = stream();

  return {
    line(text) {
      for (const line of limit.admit(text, performance.now())) own.write(dated(line));
    },
    stream,
    async end() {
      for (const line of limit.leftOut()) own.write(dated(line));
      hurry = true;
      await Promise.race([writing, delay(END_MS, undefined, { ref: false })]);
      hurry = false;
      if (writing === undefined) await letGo();
    },
    lastWords(text) {
      const words = shown(waiting.splice(0).join('') + dated(text));
      try {
        mkdirSync(dirname(file), { recursive: true });
        appendFileSync(file, words, { mode: 0o600 });
      } catch {
        // The process ends, and says why on stderr too.
      }
    },
  };

  function stream(): LogStream {
    const lines = new WholeLines();
    return { write: text => take(lines.push(text)), end: () => take(lines.end()) };
  }

  function take(lines: string): void {
    if (lines === '') return;
    if (performance.now() < retryAt) {
      leftOut += lines.length;
      return;
    }
    const last = waiting.at(-1);
    if (last !== undefined && last.length + lines.length <= PIECE) waiting[waiting.length - 1] = last + lines;
    else waiting.push(lines);
    waitingLength += lines.length;
    while (waitingLength > WAITING && waiting.length > 1) {
      leftOut += next().length;
      why = 'there was more than could be written';
    }
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
  }

  function next(): string {
    const text = waiting.shift() ?? '';
    waitingLength -= text.length;
    return text;
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const lines = next();
      const note = leftOut > 0 ? `[${leftOut} characters left out: ${why}]\n` : '';
      const noted = leftOut;
      try {
        await append(Buffer.from(note + shown(lines)));
        leftOut -= noted;
      } catch (error) {
        leftOut += lines.length;
        giveUpForNow(error as Error);
      }
      if (waiting.length > 0 && !hurry) await delay(REST_MS);
    }
  }

  async function append(text: Buffer): Promise<void> {
    handle ??= await begin();
    if (bytes > 0 && bytes + text.length > FILE_BYTES) handle = await rotate();
    await handle.appendFile(text);
    bytes += text.length;
  }

  async function begin(): Promise<FileHandle> {
    await mkdir(dirname(file), { recursive: true });
    // 0600: what a server says is nobody else's business.
    const opened = await open(file, 'a', 0o600);
    bytes = (await opened.stat()).size;
    return opened;
  }

  async function rotate(): Promise<FileHandle> {
    await letGo();
    // A viewer may hold the older file, which Windows then protects. The limit counts for more than what it holds back.
    await rename(file, `${file}.old`).catch(() => truncate(file));
    return begin();
  }

  async function letGo(): Promise<void> {
    const held = handle;
    handle = undefined;
    await held?.close().catch(() => {}); // what could not be written has been said
  }

  function giveUpForNow(error: Error): void {
    retryAt = performance.now() + RETRY_MS;
    why = error.message;
    while (waiting.length > 0) leftOut += next().length;
    void letGo();
    if (!said) say(`CachiBot goes on without its log ${file}: ${error.message}`);
    said = true;
  }
}

function dated(text: string): string {
  return `${new Date().toISOString()} ${text}\n`;
}

/** Secrets hidden; and no character that would command a terminal, or make a viewer take the log for no text. */
function shown(text: string): string {
  return maskSecrets(text).replace(/[^\P{Cc}\t\r\n]/gu, '\ufffd');
}

function sayOnStderr(text: string): void {
  try {
    writeSync(2, `${text}\n`);
  } catch {
    // There is no terminal any more, and nobody to tell.
  }
}
