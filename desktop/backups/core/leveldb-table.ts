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
  if (MAGIC.some((byte, n) => byte !== file[file.length - MAGIC.length + n])) return false;
  let endOfBlock = 0;
  let crc = CRC_START;
  /** The last place that looked like the end of a block, and the state of the checksum there. */
  let last = { at: -1, crc };
  let ignored = -1;
  for (let at = 0; at < footer || (endOfBlock !== footer && last.at > ignored); at++) {
    if (at >= footer) {
      // Content can look like the end of its block. Then the real end was not found: this ignores the last place once.
      ({ at, crc } = last);
      ignored = at;
      continue;
    }
    const type = file[at] ?? 0; // perhaps: the byte may also be content
    crc = crcAfter(crc, type);
    if (type > LAST_TYPE || file.readUInt32LE(at + 1) !== maskedCrc(crc)) continue;
    last = { at, crc };
    at += TRAILER_BYTES - 1;
    endOfBlock = at + 1;
    crc = CRC_START;
  }
  return endOfBlock === footer && endOfIndex(file.subarray(footer)) === footer;
}

/** Returns where the last block of a table ends, which is its index, according to the footer. */
function endOfIndex(footer: Uint8Array): number {
  let at = 0;
  const number = () => {
    const { value, end } = readVarint(footer, at); // ends in the magic number at the latest
    at = end;
    return value;
  };
  number(); // offset of the block before
  number(); // its length
  return number() + number() + TRAILER_BYTES;
}
