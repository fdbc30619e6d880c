/** Damages the page's storage between two starts, with files that Electron has written. */

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  keepPageStorage,
  preparePageRestore,
  recoverPageStorage,
} from '../../../desktop/backups/page-storage-recovery';

const FIXTURE = join(__dirname, '../../fixtures/leveldb');
const [log = '', table = ''] = ['.log', '.ldb'].map(ending => readdirSync(FIXTURE).find(name => name.endsWith(ending)));

let folder: string;
let partition: string;
let leveldb: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-storage-'));
  partition = join(folder, 'profile/Partitions/cachibot');
  leveldb = join(partition, 'Local Storage/leveldb');
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = () => ({
  profile: join(folder, 'profile'),
  data: join(folder, 'data'),
  log: (line: string) => void lines.push(line),
});
const recover = () => recoverPageStorage(options());
const keep = () => keepPageStorage(options());
const fill = (to = leveldb) => cpSync(FIXTURE, to, { recursive: true });
const read = (from: string) =>
  Object.fromEntries(readdirSync(from).map(name => [name, readFileSync(join(from, name))]));
const storages = () => readdirSync(partition).sort();

function changeByte(file: string): void {
  const content = readFileSync(file);
  content[20] = (content[20] ?? 0) ^ 1;
  writeFileSync(file, content);
}

function removeThen(path: string, create: () => void): void {
  rmSync(path, { recursive: true });
  create();
}

const DAMAGES: [string, () => void][] = [
  ['a byte of a table is changed', () => changeByte(join(leveldb, table))],
  ['a byte of the log is changed', () => changeByte(join(leveldb, log))],
  ['the list of tables is cut', () => truncateSync(join(leveldb, 'MANIFEST-000001'), 50)],
  ['CURRENT is missing', () => rmSync(join(leveldb, 'CURRENT'))],
  ['CURRENT is a folder', () => removeThen(join(leveldb, 'CURRENT'), () => mkdirSync(join(leveldb, 'CURRENT')))],
  ['a table is a folder', () => removeThen(join(leveldb, table), () => mkdirSync(join(leveldb, table)))],
  ['the log is a folder', () => removeThen(join(leveldb, log), () => mkdirSync(join(leveldb, log)))],
  ['a file is in its place', () => removeThen(leveldb, () => writeFileSync(leveldb, 'x'))],
  ['an empty folder is in its place', () => removeThen(leveldb, () => mkdirSync(leveldb))],
];

it.each(DAMAGES)('restores the copy when %s', async (_what, damage) => {
  fill();
  await keep();
  damage();
  const recovery = await recover();
  expect(recovery?.copiedMs).toBeCloseTo(Date.now(), -5);
  expect(read(leveldb)).toEqual(read(FIXTURE));
  expect(storages()).toEqual(['Local Storage', 'Local Storage copy', expect.stringMatching(/^Local Storage\.bad-/)]);
  expect(recovery?.damaged).toBe(join(partition, storages()[2] as string));
  expect(lines).toContainEqual(expect.stringMatching(/^the page’s storage is damaged: /));
  expect(await recover()).toBeUndefined();
});

it('restores the copy when the log is a pipe, for which Chromium would wait for ever', { tags: 'posix' }, async () => {
  fill();
  await keep();
  removeThen(join(leveldb, log), () => execFileSync('mkfifo', [join(leveldb, log)]));
  expect((await recover())?.copiedMs).toBeDefined();
  expect(read(leveldb)).toEqual(read(FIXTURE));
});

const STRAYS = [
  ['a table that no list names', '999999.ldb'],
  ['a newer log', '999999.log'],
  ['a log that is older than the list of tables', '000001.log'],
  ['the list of an earlier run', 'MANIFEST-000099'],
  ['LOCK, without which Chromium would store nothing', 'LOCK'],
] as const;

/** Places a stray entry into storage that is newer than its copy, which then must not be restored. */
async function expectRenamed(name: string, create: (path: string) => void): Promise<void> {
  fill();
  await keep();
  writeFileSync(join(leveldb, 'since the copy'), '');
  create(join(leveldb, name));
  expect(await recover()).toBeUndefined();
  const names = readdirSync(leveldb).filter(one => !one.startsWith(`${name}.bad-`));
  expect(names).toEqual([...readdirSync(FIXTURE), 'since the copy'].sort());
  expect(readdirSync(leveldb)).toHaveLength(names.length + 1);
  expect(storages()).toEqual(['Local Storage', 'Local Storage copy']);
  expect(lines).toEqual([expect.stringContaining(`${name}: It is a `)]);
  expect(await recover()).toBeUndefined();
  expect(lines).toHaveLength(1);
}

it.each(STRAYS)('renames a folder in the place of %s, and keeps what came since the copy', async (_what, name) => {
  await expectRenamed(name, path => mkdirSync(join(path, 'folder'), { recursive: true }));
});

it.each(STRAYS)(
  'renames a pipe in the place of %s, and keeps what came since the copy',
  {
    tags: 'posix',
  },
  async (_what, name) => {
    await expectRenamed(name, path => execFileSync('mkfifo', [path]));
  },
);

it('restores the copy when the storage is gone', async () => {
  fill();
  await keep();
  rmSync(join(partition, 'Local Storage'), { recursive: true });
  expect(await recover()).toMatchObject({ damaged: undefined });
  expect(read(leveldb)).toEqual(read(FIXTURE));
});

it('leaves sound storage and a new profile as they are', async () => {
  expect(await recover()).toBeUndefined();
  fill();
  expect(await recover()).toBeUndefined();
  expect(read(leveldb)).toEqual(read(FIXTURE));
  expect({ storages: storages(), lines }).toEqual({ storages: ['Local Storage'], lines: [] });
});

it('cuts off the incomplete end of a log, which is not damage', async () => {
  fill();
  const length = readFileSync(join(leveldb, log)).length;
  writeFileSync(join(leveldb, log), 'abcdefghijk', { flag: 'a' });
  expect(await recover()).toBeUndefined();
  expect(readFileSync(join(leveldb, log)).length).toBe(length);
});

it('restores the copy made before an update if there is no other', async () => {
  fill();
  const copy = join(folder, 'data/backups/cachibot-0.3.0-app-1.0.0-20260501T100000Z');
  mkdirSync(join(folder, 'data/backups'), { recursive: true });
  writeFileSync(`${copy}.db`, 'database');
  fill(join(`${copy}.page`, 'Partitions/cachibot/Local Storage/leveldb'));
  changeByte(join(leveldb, table));
  expect(await recover()).toMatchObject({ copiedMs: Date.UTC(2026, 4, 1, 10) });
  expect(read(leveldb)).toEqual(read(FIXTURE));
});

describe('without a copy', () => {
  it('keeps storage that cannot be used, so that Chromium does not delete it', async () => {
    fill();
    changeByte(join(leveldb, table));
    const recovery = await recover();
    expect(recovery?.copiedMs).toBeUndefined();
    expect(existsSync(join(recovery?.damaged ?? '', 'leveldb', table))).toBe(true);
    expect(storages()).toEqual([expect.stringMatching(/^Local Storage\.bad-/)]);
  });

  it('leaves a log of which most can be read', async () => {
    fill();
    changeByte(join(leveldb, log));
    expect(await recover()).toBeUndefined();
    expect(storages()).toEqual(['Local Storage']);
  });
});

describe('the copy', () => {
  it('is replaced, but not by damaged storage', async () => {
    fill();
    await keep();
    writeFileSync(join(leveldb, 'later'), '');
    await keep();
    const copy = join(partition, 'Local Storage copy');
    expect(readdirSync(copy)).toContain('later');
    changeByte(join(leveldb, table));
    await keep();
    expect(readFileSync(join(copy, table))).toEqual(readFileSync(join(FIXTURE, table)));
    expect(storages()).toEqual(['Local Storage', 'Local Storage copy']);
  });

  it('is found when the app was killed while it was replaced', async () => {
    fill();
    await keep();
    renameSync(join(partition, 'Local Storage copy'), join(partition, 'Local Storage copy.old'));
    changeByte(join(leveldb, table));
    expect(await recover()).toMatchObject({ copiedMs: expect.any(Number) });
    await keep();
    expect(storages().slice(0, 2)).toEqual(['Local Storage', 'Local Storage copy']);
  });
});

it('a rollback restores the storage at the next start, and keeps the newer one', async () => {
  fill(join(folder, 'copy.page/Partitions/cachibot/Local Storage/leveldb'));
  fill();
  writeFileSync(join(leveldb, 'newer'), '');
  expect(await preparePageRestore(options().profile, join(folder, 'none.db'))).toBe(false);
  expect(await preparePageRestore(options().profile, join(folder, 'copy.db'))).toBe(true);
  expect(readdirSync(leveldb)).toContain('newer');
  expect(await recover()).toBeUndefined();
  expect(read(leveldb)).toEqual(read(FIXTURE));
  const [, before = ''] = storages();
  expect(before).toMatch(/^Local Storage\.before-/);
  expect(readdirSync(join(partition, before, 'leveldb'))).toContain('newer');
});

describe('a recovery that was killed', () => {
  const recovered = () => join(partition, 'Local Storage.recovered');

  it('continues when the copy was complete', async () => {
    fill();
    changeByte(join(leveldb, table));
    fill(join(recovered(), 'leveldb'));
    expect(await recover()).toMatchObject({ damaged: expect.stringMatching(/\.bad-/) });
    expect(read(leveldb)).toEqual(read(FIXTURE));
  });

  it('continues when the damaged storage was renamed already', async () => {
    fill(join(recovered(), 'leveldb'));
    expect(await recover()).toMatchObject({ damaged: undefined, copiedMs: expect.any(Number) });
    expect(read(leveldb)).toEqual(read(FIXTURE));
    expect(storages()).toEqual(['Local Storage']);
  });

  it('begins again when the copy was not complete', async () => {
    fill();
    await keep();
    changeByte(join(leveldb, table));
    mkdirSync(recovered());
    cpSync(join(FIXTURE, 'CURRENT'), join(partition, 'Local Storage.part/CURRENT'));
    expect(await recover()).toMatchObject({ copiedMs: expect.any(Number) });
    expect(read(leveldb)).toEqual(read(FIXTURE));
    expect(storages().filter(name => /part|recovered/.test(name))).toEqual([]);
  });
});

it('reports storage that cannot be read', async () => {
  mkdirSync(join(partition, 'Local Storage'), { recursive: true });
  symlinkSync(leveldb, leveldb);
  expect(await recover()).toMatchObject({ problem: expect.stringContaining('ELOOP') });
  expect(lines[0]).toMatch(/^the page’s storage could not be checked: ELOOP/);
});
