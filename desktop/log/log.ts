import { appendFileSync, mkdirSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { startup } from '../words/startup';
import { LineBuffer } from './core/line-buffer';
import { RateLimit } from './core/rate-limit';
import { redact } from './core/redact';
import { LogWriter } from './log-writer';

export interface Log {
  /** Appends one line with the time, unless there were too many of its kind. */
  line(text: string): void;
  /** Returns the log's input for one stream of output. Lines of different streams are never mixed. */
  stream(): LogStream;
  /** Resolves once all lines so far are written or could not be written, at the latest after 2 s. */
  flush(): Promise<void>;
  /** Writes all lines so far, and this one, before it returns: for a process that exits at once. */
  lineSync(text: string): void;
}

export interface LogStream {
  /** Appends text, which may end in the middle of a line. */
  write(text: string): void;
  /** Writes the last line, if it has no line break. */
  end(): void;
}

/**
 * Opens a log file, which is rotated to `name.old`. A disk that is full or slow, or a folder that cannot be written, never
 * stops the app or the server: `report` is called once, and the characters that could not be written are counted.
 */
export function openLog(file: string, report: (text: string) => void = writeToStderr): Log {
  const writer = new LogWriter(file, sanitize, error => report(startup.noLog(file, error.message)));
  const limit = new RateLimit();
  const stream = (): LogStream => {
    const lines = new LineBuffer();
    return { write: text => writer.add(lines.push(text)), end: () => writer.add(lines.end()) };
  };
  const own = stream();

  return {
    line(text) {
      for (const line of limit.admit(text, performance.now())) own.write(dated(line));
    },
    stream,
    async flush() {
      for (const line of limit.leftOut()) own.write(dated(line));
      await writer.flush();
    },
    lineSync(text) {
      const lines = sanitize(writer.takeQueue() + dated(text));
      try {
        mkdirSync(dirname(file), { recursive: true });
        appendFileSync(file, lines, { mode: 0o600 });
      } catch {
        // The caller writes the text to stderr as well.
      }
    },
  };
}

function dated(text: string): string {
  return `${new Date().toISOString()} ${text}\n`;
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
