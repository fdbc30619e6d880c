import { LineBuffer } from './core/line-buffer';
import { RateLimit } from './core/rate-limit';
import type { LogWriter } from './log-writer';

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

/** Opens a log, which creates its writer at the first line. */
export function openLog(createWriter: () => LogWriter): Log {
  let openWriter: LogWriter | undefined;
  const writer = () => (openWriter ??= createWriter());
  const limit = new RateLimit();
  const stream = (): LogStream => {
    const lines = new LineBuffer();
    return { write: text => writer().add(lines.push(text)), end: () => writer().add(lines.end()) };
  };
  const own = stream();

  return {
    line(text) {
      for (const line of limit.admit(text, performance.now())) own.write(dated(line));
    },
    stream,
    async flush() {
      for (const line of limit.leftOut()) own.write(dated(line));
      await writer().flush();
    },
    lineSync: text => writer().addSync(dated(text)),
  };
}

function dated(text: string): string {
  return `${new Date().toISOString()} ${text}\n`;
}
