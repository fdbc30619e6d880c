/**
 * Reads a number of variable length, seven bits in each byte. Returns it with the place after it. Throws a RangeError if
 * the data ends before the number does.
 */
export function readVarint(data: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  let factor = 1;
  for (let end = at; ; factor *= 128) {
    const byte = data[end++];
    if (byte === undefined) throw new RangeError('the number is cut off');
    value += (byte & 127) * factor;
    if (byte < 128) return { value, end };
  }
}
