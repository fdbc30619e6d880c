import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { UpdateProgress } from './core/ipc';
import { CHANGED } from './core/update-words';

interface Wish {
  url: string;
  destination: string;
  /** In base64. */
  sha512: string;
  bytes: number;
  progress(progress: UpdateProgress): void;
}

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

/** Throws when a file that was verified before is gone, or is not what it was. */
export async function expectUnchanged(file: string, sha512: string): Promise<void> {
  const now = await hashOf(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (now !== sha512) throw Object.assign(new Error(`${file} is not what it was.`), { code: CHANGED });
}

/** The SHA-512 of a file, in base64. */
async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha512');
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest('base64');
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
  if (size < bytes) throw Object.assign(new Error('The connection broke off.'), { code: 'ECONNRESET' });
  await file.sync();
}

/** A connection that broke, as opposed to an answer or a disk that says no. */
function isBreak(error: unknown): boolean {
  const { code, message, name, cause } = error as { code?: string; message: string; name: string; cause?: unknown };
  if (name === 'AbortError' || code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return true;
  if (/net::ERR_(CONNECTION|NETWORK_CHANGED|INTERNET|TIMED_OUT|CONTENT_LENGTH|INCOMPLETE|EMPTY)/.test(message))
    return true;
  return cause !== undefined && cause !== error && isBreak(cause);
}

function watchSilence() {
  const control = new AbortController();
  let timer = setTimeout(() => control.abort(), SILENT_MS);
  return {
    signal: control.signal,
    restart() {
      clearTimeout(timer);
      timer = setTimeout(() => control.abort(), SILENT_MS);
    },
    end: () => clearTimeout(timer),
  };
}
