/** The checksums and numbers of LevelDB, by published values. */

import { expect, it } from 'vitest';
import { CRC_START, crcAfter, maskedCrc } from '../../../../desktop/backups/core/crc32c';
import { readVarint } from '../../../../desktop/backups/core/varint';

/** The values of RFC 3720, B.4, and of LevelDB's `crc32c_test.cc`. */
it.each([
  ['123456789', [...Buffer.from('123456789')], 0xe3069283],
  ['32 zeros', Array(32).fill(0), 0x8a9136aa],
  ['32 times 255', Array(32).fill(255), 0x62a8ab43],
  ['0 to 31', Array.from({ length: 32 }, (_, n) => n), 0x46dd794e],
  ['31 to 0', Array.from({ length: 32 }, (_, n) => 31 - n), 0x113fdb5c],
])('computes the CRC-32C of %s', (_what, bytes, crc) => {
  expect(~bytes.reduce(crcAfter, CRC_START) >>> 0).toBe(crc);
});

/** Rotated right by 15 bits, plus 0xa282ead8, as LevelDB's `crc32c.h` does it. */
it.each([
  [0x00000000, 0xa282ead8],
  [0x00008000, 0xa282ead9],
  [0x00000001, 0xa284ead8],
  [0xe3069283, 0xc78ab0e5],
  [0xffffffff, 0xa282ead7],
])('masks %i', (crc, masked) => expect(maskedCrc(~crc)).toBe(masked));

it.each([
  [[0], 0, 1],
  [[127], 127, 1],
  [[128, 1], 128, 2],
  [[128, 128, 1], 16_384, 3],
  [[255, 255, 3, 9], 65_535, 3],
  [[172, 2], 300, 2],
  [[128, 128, 128, 128, 128, 1], 2 ** 35, 6],
])('reads %j as %i', (bytes, value, end) => {
  expect(readVarint(Uint8Array.from(bytes), 0)).toEqual({ value, end });
  expect(readVarint(Uint8Array.from([255, ...bytes]), 1)).toEqual({ value, end: end + 1 });
});

it.each([[[]], [[128]], [[255, 255]]])('does not read %j, which is cut off', bytes => {
  expect(() => readVarint(Uint8Array.from(bytes), 0)).toThrow(new RangeError('the number is cut off'));
});
