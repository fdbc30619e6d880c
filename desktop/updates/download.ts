import { type FileHandle, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UPDATE_FLAGS, whyNotOwnFile } from '../system/own-file';
import { rename } from '../system/rename';
import { words } from '../words/en';
import type { UpdateProgress } from './core/offer';
import { hashOf } from './file-hash';
import { type Fetch, type ResumableRequest, ResumingReader } from './resuming-reader';

interface FileRequest {
  url: string;
  destination: string;
  /** In base64. */
  sha512: string;
  bytes: number;
  progress(progress: UpdateProgress): void;
}

const PROGRESS_MS = 200;
const PARTIAL = 'partial-';
/** Space that stays free on the disk, which often contains the database, too. */
const RESERVED_BYTES = 100_000_000;

/**
 * Downloads a file whose hash is known. Resumes a partial download of this or an earlier run. The file gets the name of
 * the destination after its hash is verified. Rejects with `ENOSPC` or `ERR_CHECKSUM_MISMATCH`, or when the feed fails.
 */
export async function download(fetch: Fetch, request: FileRequest, pauseMs = 1_000): Promise<string> {
  const { destination, sha512, bytes } = request;
  // Not in the destination's own folder, which electron-updater empties when a download fails.
  const folder = dirname(dirname(destination));
  const name = `${PARTIAL}${Buffer.from(sha512, 'base64').toString('hex').slice(0, 32)}`;
  const others = (await readdir(folder)).filter(other => other.startsWith(PARTIAL) && other !== name);
  await Promise.all(others.map(other => rm(join(folder, other), { force: true })));
  const partial = join(folder, name);
  await assertFreeSpace(folder, bytes - (await sizeOf(partial)));
  try {
    await fetchRest(fetch, request, partial, pauseMs);
  } catch (error) {
    // Another program has filled the disk and needs the space more.
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

/** Appends the missing bytes to the partial file. */
async function fetchRest(fetch: Fetch, request: FileRequest, partial: string, pauseMs: number): Promise<void> {
  if (whyNotOwnFile(partial) !== undefined) await rm(partial, { recursive: true });
  const file = await open(partial, UPDATE_FLAGS);
  try {
    const { size } = await file.stat();
    if (size === request.bytes) return;
    const reader = new ResumingReader(fetch, resumable(request), { pauseMs }, size < request.bytes ? size : 0);
    try {
      await appendPieces(reader, file, size, request);
    } finally {
      reader.close();
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

function resumable({ url, bytes }: FileRequest): ResumableRequest {
  return {
    url,
    bytes,
    headersAfter: (received): Record<string, string> => (received > 0 ? { Range: `bytes=${received}-` } : {}),
    accept({ ok, status, body, headers }, received) {
      if (!ok || body === null) throw new Error(words.updateProblem.responded(status));
      // A feed without ranges sends the whole file.
      const continues = status === 206 && headers.get('content-range')?.startsWith(`bytes ${received}-`);
      return continues || received === 0 ? 'continues' : 'starts-over';
    },
    canResume: () => true,
  };
}

/** Appends each piece to a file of `size` bytes. */
async function appendPieces(
  reader: ResumingReader,
  file: FileHandle,
  size: number,
  request: FileRequest,
): Promise<void> {
  const { bytes, progress } = request;
  const startMs = performance.now();
  let end = size;
  let fetched = 0;
  let reported = 0;
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
    const start = reader.received - piece.length;
    // The feed has started over, or the partial file was longer than the download.
    if (start < end) await file.truncate(start);
    await file.write(piece, 0, piece.length, start);
    end = reader.received;
    fetched += piece.length;
    const now = performance.now();
    if (now - reported < PROGRESS_MS && end < bytes) continue;
    reported = now;
    const bytesPerSecond = Math.round((fetched * 1_000) / Math.max(now - startMs, 1));
    progress({ bytesPerSecond, percent: (100 * end) / bytes, transferred: end, total: bytes });
  }
}

async function assertFreeSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes + RESERVED_BYTES)
    throw Object.assign(new Error(`There is not enough space for ${bytes} bytes in ${folder}.`), { code: 'ENOSPC' });
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}
