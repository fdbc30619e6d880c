/** Restores a backup of the database, and kills the restore after each of its steps. */

import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { finishRestore, restoreBackup } from '../../../desktop/updates/database-backup';

const run = vi.hoisted(() => ({
  /** Number of steps before the app is killed. */
  steps: Number.POSITIVE_INFINITY,
  /** The file that the system refuses to rename. */
  locked: '',
}));

const untilKilled = vi.hoisted(() => (does: (...args: never[]) => Promise<unknown>) => async (...args: never[]) => {
  if (run.steps <= 0) throw new Error('killed');
  run.steps--;
  if (run.locked === args[0]) throw new Error('locked');
  return does(...args);
});

vi.mock('node:fs/promises', async load => {
  const real = await load<typeof import('node:fs/promises')>();
  const { copyFile, link, open } = real;
  return { ...real, copyFile: untilKilled(copyFile), link: untilKilled(link), open: untilKilled(open) };
});

vi.mock('../../../desktop/system/rename', async load => {
  const { rename } = await load<typeof import('../../../desktop/system/rename')>();
  return { rename: untilKilled(rename) };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-data-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The contents of the database and the files beside it, by the suffixes of their names. */
function content(): Record<string, string> {
  const names = readdirSync(folder).filter(name => name.startsWith('cachibot.db'));
  return Object.fromEntries(
    names.map(name => [name.slice('cachibot.db'.length), readFileSync(join(folder, name), 'utf8')]),
  );
}

const AT = new Date('2026-05-01T10:00:00Z');
const KEPT = '.before-2026-05-01T10-00-00-000Z';
const NEWER = { '': 'newer', '-wal': 'its log', '-shm': 'its index' };
const BACK = { '': 'older', [KEPT]: 'newer', [`${KEPT}-wal`]: 'its log', [`${KEPT}-shm`]: 'its index' };

it('leaves either the old or the restored database, complete, after the next start', async () => {
  const found: string[] = [];
  for (let killedAfter = 0; found.at(-1) !== 'done'; killedAfter++) {
    rmSync(folder, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), 'cachibot-data-'));
    const database = join(folder, 'cachibot.db');
    for (const [ending, text] of Object.entries(NEWER)) writeFileSync(database + ending, text);
    writeFileSync(join(folder, 'copy.db'), 'older');
    run.steps = killedAfter;
    const done = await restoreBackup({ database, copy: join(folder, 'copy.db') }, AT).then(
      () => true,
      () => false,
    );
    run.steps = Number.POSITIVE_INFINITY;
    await finishRestore(database);
    const now = content();
    if (now[''] === 'newer') expect(now).toMatchObject(NEWER);
    else expect(now).toEqual(BACK);
    found.push(done ? 'done' : (now[''] ?? 'gone'));
  }
  expect(found).toEqual(['newer', 'newer', 'newer', 'newer', 'older', 'older', 'older', 'older', 'done']);
});

it('succeeds at the second try, and keeps the files that the first try had moved', async () => {
  const database = join(folder, 'cachibot.db');
  for (const [ending, text] of Object.entries(NEWER)) writeFileSync(database + ending, text);
  writeFileSync(join(folder, 'copy.db'), 'older');
  const backup = { database, copy: join(folder, 'copy.db') };
  run.steps = 5;
  await expect(restoreBackup(backup, AT)).rejects.toThrow('killed');
  run.steps = Number.POSITIVE_INFINITY;
  await restoreBackup(backup, new Date('2026-05-01T10:05:00Z'));
  expect(content()).toMatchObject(BACK);
});

it('restores the target of a link, with its side files', { tags: 'posix' }, async () => {
  mkdirSync(join(folder, 'home'));
  const link = join(folder, 'home', 'linked.db');
  for (const [ending, text] of Object.entries(NEWER)) writeFileSync(join(folder, 'cachibot.db') + ending, text);
  symlinkSync(join(folder, 'cachibot.db'), link);
  writeFileSync(join(folder, 'copy.db'), 'older');
  await restoreBackup({ database: link, copy: join(folder, 'copy.db') }, AT);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readdirSync(join(folder, 'home'))).toEqual(['linked.db']);
  expect(content()).toEqual(BACK);
});

it.each([`${KEPT}.instead`, '-shm'])('changes nothing when %s cannot be renamed', async name => {
  const database = join(folder, 'cachibot.db');
  for (const [ending, text] of Object.entries(NEWER)) writeFileSync(database + ending, text);
  writeFileSync(join(folder, 'copy.db'), 'older');
  run.locked = database + name;
  await expect(restoreBackup({ database, copy: join(folder, 'copy.db') }, AT)).rejects.toThrow('locked');
  run.locked = '';
  expect(content()).toEqual(NEWER);
  await finishRestore(database);
  expect(content()).toEqual(NEWER);
});
