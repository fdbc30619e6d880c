import { CRC_START, crcAfter, maskedCrc } from './crc32c';
import { readVarint } from './varint';

/** The handles of the last two blocks, filled up to 40 bytes, and the magic number. */
const FOOTER_BYTES = 48;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** The type of a block and its checksum, after its content. */
const TRAILER_BYTES = 5;
/** Not compressed, Snappy, Zstandard. */
const LAST_TYPE = 2;

/**
 * Whether a table of LevelDB is complete and each of its blocks has the right checksum. Blocks follow each other without
 * a gap up to the footer, so their ends are found by their checksums, without the index, which may be compressed.
 */
export function isSoundTable(file: Buffer): boolean {
  const footer = file.length - FOOTER_BYTES;
  if (footer < 0 || MAGIC.some((byte, n) => byte !== file[file.length - MAGIC.length + n])) return false;
  let crc = CRC_START;
  let content = 0;
  for (let at = 0; at < footer; at++) {
    const byte = file[at] ?? 0;
    crc = crcAfter(crc, byte);
    content++;
    if (byte > LAST_TYPE || at + TRAILER_BYTES > footer || file.readUInt32LE(at + 1) !== maskedCrc(crc)) continue;
    at += TRAILER_BYTES - 1;
    crc = CRC_START;
    content = 0;
  }
  return content === 0 && endOfIndex(file.subarray(footer)) === footer;
}

/** Returns where the last block of a table ends, which is its index, according to the footer. */
function endOfIndex(footer: Uint8Array): number {
  const padded = new Uint8Array(FOOTER_BYTES + 4); // so that four numbers always end
  padded.set(footer);
  const numbers: number[] = [];
  let at = 0;
  while (numbers.length < 4) {
    const { value, end } = readVarint(padded, at);
    numbers.push(value);
    at = end;
  }
  const [, , offset = 0, bytes = 0] = numbers;
  return offset + bytes + TRAILER_BYTES;
}
