/** Copies a page's storage while LevelDB changes it. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { copyPageStorage } from '../../../desktop/backups/page-storage';

/** Runs before each file is copied. */
let beforeCopy: (file: string) => void = () => {};

vi.mock('node:fs/promises', async load => {
  const real = await load<typeof import('node:fs/promises')>();
  return {
    ...real,
    copyFile: async (from: string, to: string) => {
      beforeCopy(from);
      await real.copyFile(from, to);
    },
  };
});

vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-page-'));
  beforeCopy = () => {};
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LEVELDB = 'Partitions/cachibot/Local Storage/leveldb';

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, 'profile', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** All files below a folder, with their content. */
function content(below: string): Record<string, string> {
  const entries = readdirSync(below, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [file.slice(below.length + 1), readFileSync(file, 'utf8')];
    }),
  );
}

const FILES = {
  [`${LEVELDB}/CURRENT`]: 'MANIFEST-000001\n',
  [`${LEVELDB}/MANIFEST-000001`]: 'tables',
  [`${LEVELDB}/000003.log`]: 'chats',
};

const copy = () => copyPageStorage(join(folder, 'profile'), join(folder, 'copy'));

it('copies what the page stores, without the lock and the caches', async () => {
  const indexed = { 'Partitions/cachibot/IndexedDB/http_127.0.0.1_5870.indexeddb.leveldb/CURRENT': 'x' };
  write({ ...FILES, ...indexed, [`${LEVELDB}/LOCK`]: '', [`${LEVELDB}/LOG`]: 'l', 'Partitions/cachibot/Cache/f': '' });
  expect(await copy()).toBe(4);
  expect(content(join(folder, 'copy'))).toEqual({ ...FILES, ...indexed });
});

it('copies nothing from a profile that has no page yet', async () => {
  mkdirSync(join(folder, 'profile'));
  expect(await copy()).toBe(0);
});

it('accepts a log that grows', async () => {
  write(FILES);
  beforeCopy = file => {
    if (file.endsWith('.log')) writeFileSync(file, 'chats and more');
  };
  expect(await copy()).toBe(3);
});

it('starts again when tables are compacted during the copy', async () => {
  write(FILES);
  const [from, to] = ['000003.log', '000005.ldb'].map(name => join(folder, 'profile', LEVELDB, name));
  beforeCopy = file => {
    if (!file.endsWith('CURRENT')) return;
    beforeCopy = () => {};
    renameSync(from as string, to as string);
    write({ [`${LEVELDB}/MANIFEST-000001`]: 'tables and the new one' });
  };
  expect(await copy()).toBe(3);
  expect(content(join(folder, 'copy'))).toEqual(content(join(folder, 'profile')));
});

it('leaves no partial copy when the storage changes all the time', async () => {
  write(FILES);
  let changes = 0;
  beforeCopy = () => write({ [`${LEVELDB}/MANIFEST-000001`]: 'x'.repeat(++changes) });
  await expect(copy()).rejects.toThrow('changes all the time');
  expect(content(join(folder, 'copy'))).toEqual({});
});
