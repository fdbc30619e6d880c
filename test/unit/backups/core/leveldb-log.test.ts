/** Logs of LevelDB that are damaged or cut at the ends of fragments, records and blocks. */

import { expect, it } from 'vitest';
import { readLog } from '../../../../desktop/backups/core/leveldb-log';
import { BLOCK_BYTES, FIRST, FULL, fragment, HEADER_BYTES, LAST, MIDDLE, zeros } from './build-leveldb';

const read = (...parts: readonly number[][]) => {
  const { records, ...rest } = readLog(Buffer.from(parts.flat()));
  return { records: records.map(record => [...record]), ...rest };
};
const sizeOf = (...parts: readonly number[][]) => parts.flat().length;

const ONE = fragment(FULL, [1, 2, 3]);
const EMPTY = fragment(FULL, []);
const [HEAD, BODY, TAIL] = [fragment(FIRST, [4]), fragment(MIDDLE, [5, 6]), fragment(LAST, [7])];

it.each([
  ['nothing', [], []],
  ['one record', [ONE], [[1, 2, 3]]],
  ['an empty record at the end', [ONE, EMPTY], [[1, 2, 3], []]],
  [
    'a record in two parts',
    [HEAD, TAIL, ONE],
    [
      [4, 7],
      [1, 2, 3],
    ],
  ],
  ['a record in four parts', [HEAD, BODY, BODY, TAIL], [[4, 5, 6, 5, 6, 7]]],
])('reads %s', (_what, parts, records) => {
  expect(read(...parts)).toEqual({ records, completeBytes: sizeOf(...parts), damaged: false });
});

it.each([
  ['a middle without a start', [BODY, TAIL]],
  ['an end without a start', [TAIL]],
  ['a start after a start', [HEAD, fragment(FIRST, [8])]],
  ['a whole record after a start', [HEAD, ONE]],
])('finds damage in %s', (_what, parts) => {
  expect(read(ONE, ...parts)).toEqual({ records: [[1, 2, 3]], completeBytes: ONE.length, damaged: true });
});

it.each([
  ['a type below the first', fragment(0, [1])],
  ['a type above the last', fragment(5, [1])],
  ['another length', fragment(FULL, [1, 2], 1)],
  ['a length beyond the end', fragment(FULL, [1, 2], 300)],
  ['only a part of its header', EMPTY.slice(0, 6)],
  ['none of its data', ONE.slice(0, HEADER_BYTES)],
  ['all but its last byte', ONE.slice(0, -1)],
  ['all but zeros at its end', fragment(FULL, [1, 0, 0]).slice(0, -2)],
  ['another checksum', [(ONE[0] ?? 0) ^ 1, ...ONE.slice(1)]],
])('does not read a fragment with %s, which is only the end if nothing follows', (_what, bad) => {
  const complete = { records: [[1, 2, 3]], completeBytes: ONE.length };
  expect(read(ONE, bad)).toEqual({ ...complete, damaged: false });
  expect(read(ONE, HEAD, bad)).toEqual({ ...complete, damaged: false });
  expect(read(ONE, bad, EMPTY)).toEqual({ ...complete, damaged: true });
});

it.each([0, 1, 5, 6])('skips the last %i bytes of a block, which have no room for a header', left => {
  const long = fragment(FULL, zeros(BLOCK_BYTES - left - HEADER_BYTES));
  const { records, ...rest } = read(long, zeros(left), ONE);
  expect(records[1]).toEqual([1, 2, 3]);
  expect(rest).toEqual({ completeBytes: BLOCK_BYTES + ONE.length, damaged: false });
});

it('reads a start without data in the last 7 bytes of a block', () => {
  const long = fragment(FULL, zeros(BLOCK_BYTES - 2 * HEADER_BYTES));
  const { records, ...rest } = read(long, fragment(FIRST, []), TAIL);
  expect(records[1]).toEqual([7]);
  expect(rest).toEqual({ completeBytes: BLOCK_BYTES + TAIL.length, damaged: false });
});

it.each([0, 1])('does not read a fragment that crosses the end of block %i', number => {
  const long = fragment(FULL, zeros(BLOCK_BYTES - 20 - HEADER_BYTES));
  const block = fragment(FULL, zeros(BLOCK_BYTES - HEADER_BYTES));
  const parts = [...Array(number).fill(block), long];
  expect(read(...parts, fragment(FULL, zeros(13)))).toMatchObject({
    damaged: false,
    completeBytes: sizeOf(...parts) + 20,
  });
  expect(read(...parts, fragment(FULL, zeros(14)))).toMatchObject({ damaged: false, completeBytes: sizeOf(...parts) });
});

it.each([
  ['the same block', zeros(BLOCK_BYTES - ONE.length), [ONE], true],
  ['the next block', zeros(BLOCK_BYTES), [ONE], true],
  ['the block after the next', zeros(2 * BLOCK_BYTES), [ONE], true],
  ['a later block, but not at its start', zeros(BLOCK_BYTES + 1), [ONE], false],
])('finds a fragment after an unreadable place in %s', (_what, bad, parts, damaged) => {
  expect(read(bad, ...parts)).toMatchObject({ records: [], completeBytes: 0, damaged });
});

it('looks only at the starts of later blocks when the unreadable place is in the middle of one', () => {
  expect(read(ONE, zeros(BLOCK_BYTES + 1), ONE)).toEqual({
    records: [[1, 2, 3]],
    completeBytes: ONE.length,
    damaged: false,
  });
});
