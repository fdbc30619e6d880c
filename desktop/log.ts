import { appendFileSync, createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { maskSecrets } from './core/masks';

export interface Log {
  /** Appends text, secrets masked, line by line as they are whole. */
  write(text: string): void;
  /** Appends one dated line. */
  line(text: string): void;
  /** Resolves once all of it is written, or cannot be. Nothing may be written afterwards. */
  end(): Promise<void>;
}

/** A line longer than this is written in pieces. */
const LINE_LENGTH = 65_536;
const TOO_LARGE_BYTES = 5_000_000;
/** What waits for the disk; beyond it the text is counted instead of kept, so that a slow disk costs no memory. */
const WAITING_BYTES = 4_000_000;

/**
 * A log file with one older one beside it (`name.old`). A disk that is full or a folder that cannot be
 * written never stops the app: it is said once on stderr, and the app goes on without the log.
 */
export function openLog(file: string): Log {
  let stream: WriteStream | undefined;
  let written = 0;
  let dropped = 0;
  let failed = false;
  /** The beginning of a line whose end has not come: a secret cut in two would not be seen. */
  let open = '';

  const write = (text: string) => {
    if (failed) return;
    const end = text.lastIndexOf('\n') + 1;
    if (end === 0 && open.length + text.length < LINE_LENGTH) {
      open += text;
      return;
    }
    const masked = maskSecrets(open + text.slice(0, end || undefined));
    open = end === 0 ? '' : text.slice(end);
    stream ??= begin();
    if (written > TOO_LARGE_BYTES) rotate();
    if ((stream?.writableLength ?? 0) > WAITING_BYTES) {
      dropped += Buffer.byteLength(masked);
      return;
    }
    const note = dropped > 0 ? `[${dropped} bytes left out: the disk could not keep up]\n` : '';
    dropped = 0;
    written += masked.length;
    stream?.write(note + masked);
  };
  const end = () =>
    new Promise<void>(resolve => {
      write('\n'.repeat(open === '' ? 0 : 1));
      if (stream === undefined || failed) return resolve();
      stream.once('close', resolve).end();
    });
  return { write, line: text => write(`${new Date().toISOString()} ${text}\n`), end };

  function begin(): WriteStream | undefined {
    try {
      mkdirSync(dirname(file), { recursive: true });
      written = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    } catch (error) {
      giveUp(error as Error);
      return undefined;
    }
    // 0600: what a server says is nobody else's business.
    return createWriteStream(file, { flags: 'a', mode: 0o600 }).on('error', giveUp);
  }

  function rotate(): void {
    stream?.end();
    try {
      renameSync(file, `${file}.old`);
    } catch (error) {
      giveUp(error as Error);
    }
    stream = begin();
  }

  function giveUp(error: Error): void {
    failed = true;
    process.stderr.write(`CachiBot goes on without its log ${file}: ${error.message}\n`);
  }
}

/** For the last words of a process that will not see another turn of its loop. */
export function writeLastWords(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${new Date().toISOString()} ${maskSecrets(text)}\n`, { mode: 0o600 });
}
