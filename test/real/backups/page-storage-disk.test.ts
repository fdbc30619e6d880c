/** Damaged storage of the page on a full disk and on one that is read-only: a small tmpfs. */
// @module-tag linux: mounts a disk
// @module-tag left-to-ci

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { keepPageStorage, recoverPageStorage } from '../../../desktop/backups/page-storage-recovery';
import { temporaryFolder } from '../../drivers/electron-app';

const FIXTURE = join(__dirname, '../../fixtures/leveldb');
const STORAGE = 'Partitions/cachibot/Local Storage/leveldb';

let folder: string;
let partition: string;
let leveldb: string;
beforeEach(() => {
  folder = temporaryFolder();
  partition = join(folder, 'profile/Partitions/cachibot');
  leveldb = join(folder, 'profile', STORAGE);
  mkdirSync(partition, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', partition]);
  onTestFinished(() => void execFileSync('umount', [partition]));
  cpSync(FIXTURE, leveldb, { recursive: true });
});

const options = () => ({ profile: join(folder, 'profile'), data: join(folder, 'data'), log: () => {} });
const read = (from: string) =>
  Object.fromEntries(readdirSync(from).map(name => [name, readFileSync(join(from, name))]));
const damage = () => truncateSync(join(leveldb, 'MANIFEST-000001'), 50);
const bad = () => readdirSync(partition).filter(name => name.includes('.bad-'));

function fillDisk(): void {
  expect(() => {
    for (let number = 0; ; number++) writeFileSync(join(partition, `filler-${number}`), Buffer.alloc(4096));
  }).toThrow('ENOSPC');
}

it('moves the copy of the last start into place when the disk is full', async () => {
  await keepPageStorage(options());
  damage();
  fillDisk();
  expect(await recoverPageStorage(options())).toMatchObject({
    copiedMs: expect.any(Number),
    damaged: join(partition, bad()[0] ?? ''),
  });
  expect(read(leveldb)).toEqual(read(FIXTURE));
  expect(await recoverPageStorage(options())).toBeUndefined();
});

it('renames a folder LOCK in the copy that it moves, so that Chromium can use the copy', async () => {
  await keepPageStorage(options());
  mkdirSync(join(partition, 'Local Storage copy/LOCK'));
  damage();
  fillDisk();
  expect(await recoverPageStorage(options())).toMatchObject({ copiedMs: expect.any(Number) });
  const names = [...readdirSync(FIXTURE), expect.stringMatching(/^LOCK\.bad-/)];
  expect(readdirSync(leveldb)).toEqual(expect.arrayContaining(names));
  expect(readdirSync(leveldb)).toHaveLength(names.length);
});

it('keeps damaged files and the copy from before an update when the disk is full, and says so', async () => {
  const copy = join(folder, 'data/backups/cachibot-0.3.0-app-1.0.0-20260501T100000Z');
  cpSync(FIXTURE, join(`${copy}.page`, STORAGE), { recursive: true });
  writeFileSync(`${copy}.db`, 'database');
  damage();
  const damaged = read(leveldb);
  fillDisk();
  const recovery = await recoverPageStorage(options());
  expect(recovery).toMatchObject({ copiedMs: undefined, problem: expect.stringContaining('ENOSPC') });
  expect(read(join(recovery?.damaged ?? '', 'leveldb'))).toEqual(damaged);
  expect(read(join(`${copy}.page`, STORAGE))).toEqual(read(FIXTURE));
});

it('changes nothing when the disk is read-only, and says so', async () => {
  await keepPageStorage(options());
  damage();
  const before = read(leveldb);
  execFileSync('mount', ['-o', 'remount,ro', partition]);
  expect(await recoverPageStorage(options())).toMatchObject({ problem: expect.stringContaining('EROFS') });
  expect(read(leveldb)).toEqual(before);
  execFileSync('mount', ['-o', 'remount,rw', partition]);
  expect(await recoverPageStorage(options())).toMatchObject({ copiedMs: expect.any(Number) });
  expect(read(leveldb)).toEqual(read(FIXTURE));
});
