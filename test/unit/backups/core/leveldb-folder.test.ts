/** Folders of LevelDB whose lists of tables are unusual, damaged or cut. */

import { expect, it } from 'vitest';
import { inspectLevelDb } from '../../../../desktop/backups/core/leveldb';
import { block, FIRST, FULL, fragment, table, text, varint } from './build-leveldb';

const TABLE = table(block([1]), block([2]));
const OTHER_TABLE = table(block([1, 2, 3]), block([2]));

const field = {
  comparator: [1, ...text('leveldb.BytewiseComparator')],
  log: (number: number) => [2, ...varint(number)],
  nextFile: [3, ...varint(1000)],
  lastSequence: [4, ...varint(300)],
  compactPointer: [5, 2, ...text('key')],
  deletedTable: (number: number) => [6, 1, ...varint(number)],
  newTable: (number: number, bytes = TABLE.length) => [
    7,
    1,
    ...varint(number),
    ...varint(bytes),
    ...text('a'),
    ...text('z'),
  ],
  previousLog: [9, 0],
};
/** The record of a new folder. */
const NEW = [...field.comparator, ...field.log(0), ...field.nextFile, ...field.lastSequence];
const USED = [...NEW, ...field.log(200), ...field.newTable(150)];
const EMPTY_LOG = Buffer.alloc(0);
const LOG = Buffer.from(fragment(FULL, [1, 2, 3]));

/** Inspects a folder whose list of tables has these records. */
function inspect(
  records: readonly (readonly number[])[],
  files: Record<string, Buffer> = {},
  current = 'MANIFEST-7\n',
) {
  const list = Buffer.from(records.flatMap(record => fragment(FULL, record)));
  return inspectLevelDb(new Map(Object.entries({ CURRENT: Buffer.from(current), 'MANIFEST-7': list, ...files })));
}

const SOUND = { damage: undefined, opens: true, cut: [] };
const damaged = (damage: string, opens = false) => ({ damage, opens, cut: [] });

it.each([
  ['new, without a log', [NEW], {}],
  ['new, with an empty log', [NEW], { '000003.log': EMPTY_LOG }],
  ['new, with an empty log of another number', [NEW], { '000005.log': EMPTY_LOG }],
  ['with its first log', [NEW], { '000003.log': LOG }],
  ['with a table', [USED], { '000150.ldb': TABLE, '000200.log': LOG }],
  ['with a table that an old version has written', [USED], { '000150.sst': TABLE, '000200.log': LOG }],
  [
    'with two tables',
    [[...USED, ...field.newTable(151, OTHER_TABLE.length)]],
    { '000151.ldb': OTHER_TABLE, '000150.ldb': TABLE, '000200.log': LOG },
  ],
  [
    'with every kind of field',
    [[...USED, ...field.compactPointer, ...field.previousLog]],
    { '000150.ldb': TABLE, '000200.log': LOG },
  ],
  [
    'with a table that was replaced',
    [USED, [...field.deletedTable(150), ...field.newTable(160)]],
    { '000160.ldb': TABLE, '000200.log': LOG },
  ],
  [
    'with fields in several records',
    [NEW, field.log(200), field.newTable(150)],
    { '000150.ldb': TABLE, '000200.log': LOG },
  ],
  ['with a log after the first', [USED], { '000150.ldb': TABLE, '000200.log': LOG, '000201.log': LOG }],
  [
    'with files that are not needed any more',
    [USED],
    {
      '000150.ldb': TABLE,
      '000151.ldb': LOG,
      '000199.log': Buffer.from([...LOG, 9, ...LOG]),
      '000200.log': LOG,
      LOG: TABLE,
    },
  ],
] as const)('accepts a folder %s', (_what, records, files) => {
  expect(inspect(records, files)).toEqual(SOUND);
});

it.each([
  ['is empty', {}],
  ['contains the empty list of a start that was killed', { 'MANIFEST-000001': Buffer.alloc(0) }],
])('accepts a folder that %s', (_what, files) => {
  expect(inspectLevelDb(new Map(Object.entries(files)))).toEqual(SOUND);
});

it.each([
  ['x', 'CURRENT is damaged'],
  ['MANIFEST-7', 'CURRENT is damaged'],
  ['MANIFEST-12\n', 'MANIFEST-12 is missing'],
])('finds damage when CURRENT contains %j, although nothing else was written', (current, damage) => {
  expect(inspect([NEW], {}, current)).toEqual(damaged(damage));
});

it('finds that CURRENT is missing', () => {
  expect(inspectLevelDb(new Map([['000003.log', LOG]]))).toEqual(damaged('CURRENT is missing'));
});

const NEEDED = { '000150.ldb': TABLE, '000200.log': LOG };
const BROKEN = Buffer.from([...LOG, 9, ...LOG]);

it.each([
  ['a missing table', { '000200.log': LOG }, 'table 150 is missing', false],
  [
    'a table of another length',
    { ...NEEDED, '000150.ldb': table(block([1]), block([2, 3])) },
    '000150.ldb is damaged',
    false,
  ],
  [
    'a damaged table of the right length',
    { ...NEEDED, '000150.ldb': Buffer.alloc(TABLE.length) },
    '000150.ldb is damaged',
    false,
  ],
  ['a table under the name of a copy', { '000200.log': LOG, '000150.ldb.bak': TABLE }, 'table 150 is missing', false],
  ['a missing log', { '000150.ldb': TABLE, '000201.log': LOG }, 'log 200 is missing', false],
  ['a log under another name', { '000150.ldb': TABLE, '000200.log.bak': LOG }, 'log 200 is missing', false],
  ['a damaged log', { ...NEEDED, '000200.log': BROKEN }, '000200.log is damaged', true],
  ['a damaged later log', { ...NEEDED, '000201.log': BROKEN }, '000201.log is damaged', true],
])('finds damage in a folder with %s', (_what, files, damage, opens) => {
  expect(inspect([USED], files)).toEqual(damaged(damage, opens));
});

it.each([
  ['no log', [...field.comparator, ...field.nextFile, ...field.lastSequence]],
  ['no next file', [...field.log(0), ...field.lastSequence]],
  ['no last sequence', [...field.log(0), ...field.nextFile]],
  ['an unknown field', [...NEW, 8, 0]],
  ['an unknown field with the content of a table', [...NEW, 8, ...field.newTable(150).slice(1)]],
  ['a field of a later version', [...NEW, 10, 0]],
  ['a number that is cut off', [...NEW, 2, 128]],
  ['a field without its number', [...NEW, 2]],
  ['a text that is cut off', [...NEW, 1, 3, 65, 65]],
  ['a table that is cut off', [...NEW, ...field.newTable(150).slice(0, -1)]],
])('finds damage in a list of tables with %s', (_what, record) => {
  expect(inspect([record], { '000003.log': LOG })).toEqual(damaged('MANIFEST-7 is damaged'));
});

it('finds damage in a list of tables whose first record is followed by an unreadable place', () => {
  const list = Buffer.from([...fragment(FULL, NEW), 0, ...fragment(FULL, field.newTable(150))]);
  expect(inspect([], { 'MANIFEST-7': list, '000003.log': LOG })).toEqual(damaged('MANIFEST-7 is damaged'));
});

it('says how much of a list of tables and of each log is complete', () => {
  const list = Buffer.from([...fragment(FULL, USED), ...fragment(FIRST, [7])]);
  const cut = Buffer.from([...LOG, 1, 2, 3]);
  expect(inspect([], { 'MANIFEST-7': list, '000150.ldb': TABLE, '000200.log': cut, '000201.log': cut })).toEqual({
    ...SOUND,
    cut: [
      { name: 'MANIFEST-7', bytes: list.length - 8 },
      { name: '000200.log', bytes: LOG.length },
      { name: '000201.log', bytes: LOG.length },
    ],
  });
});

it.each(['MANIFEST-7', 'MANIFEST-7\n\n', 'xMANIFEST-7\n', 'MANIFEST-\n', 'MANIFEST-7a\n'])(
  'does not accept %j as CURRENT',
  current => expect(inspect([NEW], { '000003.log': LOG }, current)).toEqual(damaged('CURRENT is damaged')),
);

it.each([
  ['an empty log', { '000003.log': EMPTY_LOG }, undefined],
  ['a log with records', { '000003.log': LOG }, 'CURRENT is missing'],
  ['an empty log beside one with records', { '000003.log': EMPTY_LOG, '000005.log': LOG }, 'CURRENT is missing'],
  ['a table', { '000005.ldb': TABLE }, 'CURRENT is missing'],
])('a folder without CURRENT and with %s', (_what, files, damage) => {
  expect(inspectLevelDb(new Map(Object.entries(files))).damage).toBe(damage);
});
