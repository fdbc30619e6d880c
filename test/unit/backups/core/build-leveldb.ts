/** Builds files of LevelDB, byte by byte, also ones that LevelDB would not write. */

import { CRC_START, crcAfter, maskedCrc } from '../../../../desktop/backups/core/crc32c';

export const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4] as const;
export const BLOCK_BYTES = 32_768;
export const HEADER_BYTES = 7;

type Bytes = readonly number[] | Uint8Array;

export const zeros = (count: number): number[] => Array(count).fill(0);

/** The checksum as four bytes. */
export function checksum(data: Bytes): number[] {
  const crc = maskedCrc([...data].reduce(crcAfter, CRC_START));
  return [0, 8, 16, 24].map(bits => (crc >>> bits) & 0xff);
}

/** A fragment of a log: header and data. Its header may have another length. */
export function fragment(type: number, data: Bytes, length = data.length): number[] {
  return [...checksum([type, ...data]), length & 0xff, length >> 8, type, ...data];
}

/** A block of a table, with its type and checksum. */
export const block = (content: Bytes, type = 0): number[] => [...content, type, ...checksum([...content, type])];

const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

/** A footer with these bytes as its numbers. */
export const footer = (numbers: readonly number[]): number[] => [...numbers, ...zeros(40 - numbers.length), ...MAGIC];

/** A table whose last block is its index. */
export function table(...blocks: readonly number[][]): Buffer {
  const index = blocks.at(-1)?.length ?? 0;
  const content = blocks.flat();
  return Buffer.from([...content, ...footer([1, 2, ...varint(content.length - index), ...varint(index - 5)])]);
}

/** A number of variable length. */
export function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

export const text = (value: string): number[] => [...varint(value.length), ...Buffer.from(value)];
