import { appendFileSync, mkdirSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { startup } from '../words/startup';
import { WholeLines } from './core/line-buffer';
import { LineLimit } from './core/rate-limit';
import { maskSecrets } from './core/redact';
import { LogWriter } from './log-writer';

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

/**
 * A log file with one older one beside it (`name.old`). A disk that is full or slow, or a folder that cannot be
 * written, never stops the app and never the server: it is said once, and what cannot be written is counted.
 */
export function openLog(file: string, say: (text: string) => void = sayOnStderr): Log {
  const writer = new LogWriter(file, shown, error => say(startup.noLog(file, error.message)));
  const limit = new LineLimit();
  const stream = (): LogStream => {
    const lines = new WholeLines();
    return { write: text => writer.add(lines.push(text)), end: () => writer.add(lines.end()) };
  };
  const own = stream();

  return {
    line(text) {
      for (const line of limit.admit(text, performance.now())) own.write(dated(line));
    },
    stream,
    async end() {
      for (const line of limit.leftOut()) own.write(dated(line));
      await writer.flush();
    },
    lastWords(text) {
      const words = shown(writer.takeWaiting() + dated(text));
      try {
        mkdirSync(dirname(file), { recursive: true });
        appendFileSync(file, words, { mode: 0o600 });
      } catch {
        // The process ends, and says why on stderr too.
      }
    },
  };
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
    // The terminal is gone: there is nowhere to write.
  }
}
