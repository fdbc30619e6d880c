import { EventEmitter } from 'node:events';
import { type FileHandle, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { UpdateProgress } from './core/offer';
import { hashOf } from './file-hash';

interface Wish {
  url: string;
  destination: string;
  /** In base64. */
  sha512: string;
  bytes: number;
  progress(progress: UpdateProgress): void;
}

/** What electron-updater asks for, in the words of Node's `http`. */
export interface Asked {
  protocol: string;
  hostname: string;
  port?: string;
  path: string;
  headers?: Record<string, string>;
}

/** What electron-updater reads of an answer. */
export type Answer = Readable & { statusCode: number; statusMessage: string; headers: Record<string, string> };

/** The part of `fetch` that is used here: Node's and Electron's both do. */
type Ask = (
  url: string,
  how: { headers: Record<string, string>; redirect: 'error'; signal: AbortSignal },
) => Promise<Response>;

const TRIES = 4;
/** Without a byte for so long, the connection is as good as gone. */
const SILENT_MS = 30_000;
const TELL_MS = 200;
const PARTIAL = 'partial-';
/** Of the disk, which others need as well: the database is often on the same. */
const LEFT_FREE_BYTES = 100_000_000;

/**
 * Fetches a file whose hash is known. What is there of it already, from this run or one that was killed, is not
 * fetched again; what arrives broken never gets the name of the whole.
 */
export async function download(ask: Ask, wish: Wish, pauseMs = 1_000): Promise<string> {
  const { destination, sha512, bytes } = wish;
  // Outside of the folder that is emptied when a download fails.
  const folder = dirname(dirname(destination));
  const name = `${PARTIAL}${Buffer.from(sha512, 'base64').toString('hex').slice(0, 32)}`;
  const others = (await readdir(folder)).filter(other => other.startsWith(PARTIAL) && other !== name);
  await Promise.all(others.map(other => rm(join(folder, other), { force: true })));
  const partial = join(folder, name);
  await expectRoom(folder, bytes - (await sizeOf(partial)));
  for (let left = TRIES - 1; ; left--) {
    try {
      await fetchRest(ask, wish, partial);
      break;
    } catch (error) {
      // Nobody needs the room more than whoever filled the disk meanwhile.
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') await rm(partial, { force: true });
      if (left === 0 || !isBreak(error)) throw error;
      await pause(pauseMs * (TRIES - left));
    }
  }
  if ((await hashOf(partial)) !== sha512) {
    await rm(partial, { force: true });
    throw Object.assign(new Error(`What arrived is not the file that was announced (${bytes} bytes).`), {
      code: 'ERR_CHECKSUM_MISMATCH',
    });
  }
  await rename(partial, destination);
  return destination;
}

/**
 * A request of electron-updater. Electron's own would wait for ever for a feed that says nothing. A part of a file comes
 * as that part or not at all, and goes on where its connection broke.
 */
export function openRequest(
  ask: Ask,
  { protocol, hostname, port, path, headers: asked = {} }: Asked,
  answered: (answer: Answer) => void,
  { silentMs = SILENT_MS, pauseMs = 1_000 } = {},
) {
  const url = `${protocol}//${hostname}${port ? `:${port}` : ''}${path}`;
  const headers = Object.fromEntries(Object.entries(asked).map(([name, value]) => [name.toLowerCase(), value]));
  const part = partOf(headers.range);
  const stop = new AbortController();
  let connection: Connection | undefined;
  let given = 0;
  let left = TRIES - 1;
  const request = Object.assign(new EventEmitter(), {
    end: () => void begin().catch(fail),
    abort: () => stop.abort(),
  });
  return request;

  function fail(error: unknown): void {
    request.emit('error', error);
  }

  async function begin(): Promise<void> {
    const first = await next();
    const { status = 0, statusText = '', headers = [] } = connection?.answer ?? {};
    const pieces = Readable.from(piecesFrom(first), { objectMode: false }).on('error', fail);
    answered(
      Object.assign(pieces, { statusCode: status, statusMessage: statusText, headers: Object.fromEntries(headers) }),
    );
  }

  async function* piecesFrom(first: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
    for (let piece = first; piece !== undefined; piece = await next()) yield piece;
  }

  /** The next piece, over another connection where one broke; undefined at the end. */
  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      try {
        connection ??= await connect(ask, url, part ? { ...headers, range: rangeOf(part, given) } : headers, {
          silentMs,
          stop: stop.signal,
        });
        const piece = await connection.next();
        given += piece?.length ?? 0;
        if (part && given > part.bytes) throw new Error(`The update feed sends more than ${part.bytes} bytes.`);
        if (part && piece === undefined && given < part.bytes) throw brokeOff();
        return piece;
      } catch (error) {
        connection?.close();
        connection = undefined;
        if (given === part?.bytes) return undefined;
        // Of several parts in one answer, nobody knows here where it broke.
        const canGoOn = part !== undefined || (headers.range !== undefined && given === 0);
        if (!canGoOn || left === 0 || stop.signal.aborted || !isBreak(error)) throw error;
        await pause(pauseMs * (TRIES - left--), undefined, { signal: stop.signal });
      }
    }
  }
}

interface Connection {
  answer: Response;
  next(): Promise<Uint8Array | undefined>;
  close(): void;
}

async function connect(
  ask: Ask,
  url: string,
  headers: Record<string, string>,
  { silentMs, stop }: { silentMs: number; stop: AbortSignal },
): Promise<Connection> {
  const silence = watchSilence(silentMs);
  const inTime = async <T>(coming: Promise<T>): Promise<T> => {
    silence.restart();
    try {
      return await coming;
    } catch (error) {
      throw silence.signal.aborted ? silence.signal.reason : error;
    } finally {
      silence.end();
    }
  };
  stop.addEventListener('abort', silence.abort);
  // Our feed sends nobody elsewhere; a network's login page does.
  const answer = await inTime(ask(url, { headers, redirect: 'error', signal: silence.signal }));
  const { range } = headers;
  // Who knows no ranges sends the whole file for each.
  if (range !== undefined && !isPart(answer, range)) {
    silence.abort();
    throw new Error(`The update feed answered ${answer.status} when asked for a part.`);
  }
  const pieces: AsyncIterator<Uint8Array> | undefined = answer.body?.[Symbol.asyncIterator]();
  return { answer, next: async () => pieces && (await inTime(pieces.next())).value, close: silence.abort };
}

function isPart({ status, headers }: Response, range: string): boolean {
  if (status !== 206) return false;
  // Several parts name their places themselves.
  return range.includes(',') || headers.get('content-range')?.startsWith(`${range.replace('=', ' ')}/`) === true;
}

/** Of a header that asks for one part, where it begins, and its size. */
function partOf(range: string | undefined): { start: number; bytes: number } | undefined {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return start === undefined ? undefined : { start: Number(start), bytes: Number(end) + 1 - Number(start) };
}

/** Asks for what is left of it. */
function rangeOf({ start, bytes }: { start: number; bytes: number }, given: number): string {
  return `bytes=${start + given}-${start + bytes - 1}`;
}

async function expectRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes + LEFT_FREE_BYTES)
    throw Object.assign(new Error(`There is no room for ${bytes} bytes in ${folder}.`), { code: 'ENOSPC' });
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

async function fetchRest(ask: Ask, { url, bytes, progress }: Wish, partial: string): Promise<void> {
  const file = await open(partial, 'a+');
  try {
    const there = (await file.stat()).size;
    if (there === bytes) return;
    const begun = there > 0 && there < bytes;
    if (!begun) await file.truncate(0);
    const silence = watchSilence();
    try {
      const headers: Record<string, string> = begun ? { Range: `bytes=${there}-` } : {};
      const answer = await ask(url, { headers, redirect: 'error', signal: silence.signal });
      if (!answer.ok || answer.body === null) throw new Error(`The update feed answered ${answer.status}.`);
      const goesOn = answer.status === 206 && answer.headers.get('content-range')?.startsWith(`bytes ${there}-`);
      if (!goesOn) await file.truncate(0);
      await pour(answer.body, file, goesOn ? there : 0, bytes, progress, silence.restart);
    } finally {
      silence.end();
    }
  } finally {
    await file.close();
  }
}

async function pour(
  body: AsyncIterable<Uint8Array>,
  file: FileHandle,
  there: number,
  bytes: number,
  progress: Wish['progress'],
  sign: () => void,
): Promise<void> {
  const began = performance.now();
  let told = 0;
  let size = there;
  for await (const piece of body) {
    sign();
    size += piece.length;
    if (size > bytes) throw new Error(`The update feed sends more than the ${bytes} bytes it announced.`);
    await file.write(piece);
    const now = performance.now();
    if (now - told < TELL_MS && size < bytes) continue;
    told = now;
    const bytesPerSecond = Math.round(((size - there) * 1_000) / Math.max(now - began, 1));
    progress({ bytesPerSecond, percent: (100 * size) / bytes, transferred: size, total: bytes });
  }
  if (size < bytes) throw brokeOff();
  await file.sync();
}

function brokeOff(): Error {
  return Object.assign(new Error('The connection broke off.'), { code: 'ECONNRESET' });
}

/** A connection that broke, as opposed to an answer or a disk that says no. */
function isBreak(error: unknown): boolean {
  const { code, message, name, cause } = error as { code?: string; message: string; name: string; cause?: unknown };
  if (name === 'AbortError' || ['ECONNRESET', 'ETIMEDOUT', 'UND_ERR_SOCKET'].includes(code ?? '')) return true;
  if (/net::ERR_(CONNECTION|NETWORK_CHANGED|INTERNET|TIMED_OUT|CONTENT_LENGTH|INCOMPLETE|EMPTY)/.test(message))
    return true;
  return cause !== undefined && cause !== error && isBreak(cause);
}

function watchSilence(silentMs = SILENT_MS) {
  const control = new AbortController();
  const giveUp = () =>
    control.abort(
      Object.assign(new Error(`ETIMEDOUT: nothing came for ${silentMs / 1_000} seconds`), { code: 'ETIMEDOUT' }),
    );
  let timer = setTimeout(giveUp, silentMs);
  return {
    signal: control.signal,
    abort: () => control.abort(),
    restart() {
      clearTimeout(timer);
      timer = setTimeout(giveUp, silentMs);
    },
    end: () => clearTimeout(timer),
  };
}
