/**
 * Reads a log of LevelDB: its write-ahead log, or its list of tables (MANIFEST). The format is described in
 * `doc/log_format.md` of LevelDB.
 */

import { CRC_START, crcAfter, maskedCrc } from './crc32c';

/** A fragment of a record does not cross the end of a block. */
const BLOCK_BYTES = 32 * 1024;
/** Checksum (4 bytes), length (2), type (1). */
const HEADER_BYTES = 7;
const [FULL, FIRST, LAST] = [1, 2, 4];

export interface Log {
  records: Uint8Array[];
  /** Length of the file up to the end of its last complete record. */
  completeBytes: number;
  /** Whether anything after an unreadable place can be read. Nothing can after a power cut, which only cuts the end off. */
  damaged: boolean;
}

interface Fragment {
  type: number;
  data: Uint8Array;
}

export function readLog(file: Buffer): Log {
  const records: Uint8Array[] = [];
  let completeBytes = 0;
  /** Fragments of a record whose last one has not been read yet. */
  let parts: Uint8Array[] = [];
  let at = 0;
  while (at < file.length) {
    if (isInTrailer(at)) {
      at++;
      continue;
    }
    const fragment = fragmentAt(file, at);
    if (fragment === undefined) return { records, completeBytes, damaged: hasFragmentAfter(file, at) };
    const { type, data } = fragment;
    const starts = type === FULL || type === FIRST;
    if (starts !== (parts.length === 0)) return { records, completeBytes, damaged: true };
    parts.push(data);
    at += HEADER_BYTES + data.length;
    if (type !== FULL && type !== LAST) continue;
    records.push(concat(parts));
    parts = [];
    completeBytes = at;
  }
  return { records, completeBytes, damaged: false };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The last bytes of a block are not used if a header does not fit into them. */
function isInTrailer(at: number): boolean {
  return BLOCK_BYTES - (at % BLOCK_BYTES) < HEADER_BYTES;
}

function fragmentAt(file: Buffer, at: number): Fragment | undefined {
  if (at + HEADER_BYTES > file.length) return undefined;
  const type = file[at + 6] ?? 0;
  const end = at + HEADER_BYTES + file.readUInt16LE(at + 4);
  const endOfBlock = at - (at % BLOCK_BYTES) + BLOCK_BYTES;
  if (type < FULL || type > LAST || end > Math.min(file.length, endOfBlock)) return undefined;
  let crc = CRC_START;
  for (let n = at + 6; n < end; n++) crc = crcAfter(crc, file[n] ?? 0);
  return file.readUInt32LE(at) === maskedCrc(crc) ? { type, data: file.subarray(at + HEADER_BYTES, end) } : undefined;
}

/** Looks at each byte of the same block, then only at the starts of blocks: a fragment always starts there. */
function hasFragmentAfter(file: Buffer, at: number): boolean {
  const endOfBlock = at - (at % BLOCK_BYTES) + BLOCK_BYTES;
  for (let n = at + 1; n < Math.min(endOfBlock, file.length); n++) if (fragmentAt(file, n) !== undefined) return true;
  for (let n = endOfBlock; n < file.length; n += BLOCK_BYTES) if (fragmentAt(file, n) !== undefined) return true;
  return false;
}
