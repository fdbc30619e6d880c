/** CRC-32C of each byte, with Castagnoli's polynomial. Node's `zlib.crc32` has another one. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** The state of a checksum before its first byte. */
export const CRC_START = -1;

/** Returns the state after one more byte. */
export function crcAfter(crc: number, byte: number): number {
  return (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
}

/** Returns the checksum as LevelDB stores it: rotated, and with a constant added. */
export function maskedCrc(crc: number): number {
  const value = ~crc;
  return (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0;
}
