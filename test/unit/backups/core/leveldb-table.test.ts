/** Tables of LevelDB that are damaged at the ends of their blocks. */

import { expect, it } from 'vitest';
import { isSoundTable } from '../../../../desktop/backups/core/leveldb-table';
import { block, checksum, footer, table, varint, zeros } from './build-leveldb';

const DATA = block([1, 2, 3]);
const INDEX = block([9]);
const SOUND = table(DATA, INDEX);
const FOOTER = SOUND.length - 48;
const changed = (at: number, value: number) => Object.assign(Buffer.from(SOUND), { [at]: value });

it.each([
  ['one block', table(INDEX)],
  ['two blocks', SOUND],
  ['an empty block', table(block([]), INDEX)],
  ['blocks of every type', table(block([1], 1), block([2], 2), INDEX)],
  ['a block whose content looks like a block', table(block([...block([1]), 9]), INDEX)],
  ['two such blocks', table(block([...block([1]), 9]), DATA, block([...block([2]), 8]), INDEX)],
  ['an index that looks like a block', table(DATA, block([...block([1]), 9]))],
  ['a long block, whose numbers have several bytes', table(block(zeros(70_000)), INDEX)],
])('accepts %s', (_what, file) => expect(isSoundTable(file)).toBe(true));

it.each([
  ['no file', Buffer.alloc(0)],
  ['only a magic number', SOUND.subarray(-8)],
  ['only a footer', Buffer.from(footer([0, 0, 0, 0]))],
  ['a block without a footer', Buffer.from(DATA)],
  ['an unknown type', table(block([1], 3), INDEX)],
  ['a byte before the footer', Buffer.from([...DATA, ...INDEX, 0, ...SOUND.subarray(FOOTER)])],
  ['a damaged block that begins like a block', table([...block([1]), 9, 0, 1, 2, 3, 4], INDEX)],
  ['two bytes before its blocks', Buffer.from([9, 9, ...DATA, ...INDEX, ...footer([1, 2, DATA.length + 2, 1])])],
  ['a byte between blocks', table([...DATA, 0], INDEX)],
  ['a byte less in a block', Buffer.from(SOUND.subarray(1))],
  ['a block less before the footer', Buffer.from([...DATA, ...SOUND.subarray(FOOTER)])],
  ['an index at another place', Buffer.from([...DATA, ...INDEX, ...footer([1, 2, DATA.length + 1, 1])])],
  ['an index of another length', Buffer.from([...DATA, ...INDEX, ...footer([1, 2, DATA.length, 2])])],
  [
    'a checksum that is not masked',
    Buffer.from([...SOUND.subarray(0, FOOTER - 4), ...zeros(4), ...SOUND.subarray(FOOTER)]),
  ],
])('finds damage in a table with %s', (_what, file) => expect(isSoundTable(file)).toBe(false));

it('finds damage in each byte of a block, its type and its checksum', () => {
  for (let at = 0; at < FOOTER; at++) expect(isSoundTable(changed(at, (SOUND[at] ?? 0) ^ 4)), `byte ${at}`).toBe(false);
});

it('finds damage in each byte of the magic number', () => {
  for (let at = SOUND.length - 8; at < SOUND.length; at++)
    expect(isSoundTable(changed(at, (SOUND[at] ?? 0) ^ 1)), `byte ${at}`).toBe(false);
});

it('does not accept a footer full of numbers that do not end', () => {
  expect(isSoundTable(Buffer.from([...INDEX, ...footer(Array(40).fill(255))]))).toBe(false);
});

it('finds that a checksum ends in the footer', () => {
  // A content whose checksum ends like the footer begins.
  const content = [...Array(10_000).keys()].map(varint).find(bytes => checksum([...bytes, 0])[3] === 1) ?? [];
  const cut = block(content).slice(0, -1);
  expect(isSoundTable(Buffer.from([...cut, ...footer([1, 2, 0, cut.length - 5])]))).toBe(false);
});
