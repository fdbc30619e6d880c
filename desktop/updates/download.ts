import { type FileHandle, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { words } from '../words/en';
import type { UpdateProgress } from './core/offer';
import { hashOf } from './file-hash';
import { type Fetch, ResumingReader, type Wanted } from './resuming-reader';

interface Wish {
  url: string;
  destination: string;
  /** In base64. */
  sha512: string;
  bytes: number;
  progress(progress: UpdateProgress): void;
}

const PROGRESS_MS = 200;
const PARTIAL = 'partial-';
/** Stays free on the disk, which often holds the database, too. */
const LEFT_FREE_BYTES = 100_000_000;

/**
 * Fetches a file whose hash is known. Bytes that are there already, from this run or an interrupted one, are not fetched
 * again. Only a file with the right hash gets the name of the destination.
 */
export async function download(fetch: Fetch, wish: Wish, pauseMs = 1_000): Promise<string> {
  const { destination, sha512, bytes } = wish;
  // Outside of the folder that is emptied when a download fails.
  const folder = dirname(dirname(destination));
  const name = `${PARTIAL}${Buffer.from(sha512, 'base64').toString('hex').slice(0, 32)}`;
  const others = (await readdir(folder)).filter(other => other.startsWith(PARTIAL) && other !== name);
  await Promise.all(others.map(other => rm(join(folder, other), { force: true })));
  const partial = join(folder, name);
  await expectRoom(folder, bytes - (await sizeOf(partial)));
  try {
    await fetchRest(fetch, wish, partial, pauseMs);
  } catch (error) {
    // Whatever filled the disk meanwhile needs the room more.
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') await rm(partial, { force: true });
    throw error;
  }
  if ((await hashOf(partial)) !== sha512) {
    await rm(partial, { force: true });
    throw Object.assign(new Error(`The downloaded file of ${bytes} bytes does not match its hash.`), {
      code: 'ERR_CHECKSUM_MISMATCH',
    });
  }
  await rename(partial, destination);
  return destination;
}

/** Appends what is missing in the partial file. */
async function fetchRest(fetch: Fetch, wish: Wish, partial: string, pauseMs: number): Promise<void> {
  const file = await open(partial, 'a+');
  try {
    const { size } = await file.stat();
    if (size === wish.bytes) return;
    const reader = new ResumingReader(fetch, wantedFor(wish), { pauseMs }, size < wish.bytes ? size : 0);
    try {
      await appendPieces(reader, file, size, wish);
    } finally {
      reader.close();
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

function wantedFor({ url, bytes }: Wish): Wanted {
  return {
    url,
    bytes,
    headersAfter: (given): Record<string, string> => (given > 0 ? { Range: `bytes=${given}-` } : {}),
    accept({ ok, status, body, headers }, given) {
      if (!ok || body === null) throw new Error(words.updateProblem.responded(status));
      // A feed without ranges sends the whole file.
      const continues = status === 206 && headers.get('content-range')?.startsWith(`bytes ${given}-`);
      return continues || given === 0 ? 'continues' : 'starts-over';
    },
    canResume: () => true,
  };
}

/** Appends each piece to a file of `size` bytes. */
async function appendPieces(reader: ResumingReader, file: FileHandle, size: number, wish: Wish): Promise<void> {
  const { bytes, progress } = wish;
  const began = performance.now();
  let end = size;
  let fetched = 0;
  let reported = 0;
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
    const start = reader.given - piece.length;
    // The feed started over, or the file was too long to be of any use.
    if (start < end) await file.truncate(start);
    await file.write(piece);
    end = reader.given;
    fetched += piece.length;
    const now = performance.now();
    if (now - reported < PROGRESS_MS && end < bytes) continue;
    reported = now;
    const bytesPerSecond = Math.round((fetched * 1_000) / Math.max(now - began, 1));
    progress({ bytesPerSecond, percent: (100 * end) / bytes, transferred: end, total: bytes });
  }
}

async function expectRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes + LEFT_FREE_BYTES)
    throw Object.assign(new Error(`There is not enough space for ${bytes} bytes in ${folder}.`), { code: 'ENOSPC' });
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}
