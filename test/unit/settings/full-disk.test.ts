import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { openJsonFile } from '../../../desktop/settings/json-file';
import { openSettings } from '../../../desktop/settings/store';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

const disk = vi.hoisted(() => ({ isFull: false }));
vi.mock('node:fs', async importOriginal => {
  const fs = await importOriginal<typeof import('node:fs')>();
  return {
    ...fs,
    writeFileSync(...[file, data, options]: Parameters<typeof fs.writeFileSync>) {
      // A full disk still creates the file.
      fs.writeFileSync(file, disk.isFull ? '' : data, options);
      if (disk.isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    },
  };
});

let folder: string;
let file: string;
beforeEach(() => {
  disk.isFull = false;
  folder = createTemporaryFolder();
  file = join(folder, 'settings.json');
});

function openWithFullDisk() {
  const ignore = () => {};
  const settings = openSettings(openJsonFile(file, ignore), ignore);
  disk.isFull = true;
  const before = readdirSync(folder);
  expect(() => settings.set('startLimitSeconds', 90)).toThrow('ENOSPC');
  expect(settings.get().startLimitSeconds).toBe(30);
  expect(readdirSync(folder)).toEqual(before);
  disk.isFull = false;
  return settings;
}

const stored = () => JSON.parse(readFileSync(file, 'utf8'));
const quarantined = () =>
  readdirSync(folder)
    .filter(name => name.includes('.bad-'))
    .map(name => readFileSync(join(folder, name), 'utf8'));

it.each([
  ['valid values', '{"notifications": false}', 0],
  ['an invalid value', '{"notifications": false, "updateChannel": "nightly"}', 1],
])('a full disk changes nothing about a file with %s, and the next change is saved', (_what, content, copies) => {
  writeFileSync(file, content);
  const settings = openWithFullDisk();
  expect(readFileSync(file, 'utf8')).toBe(content);
  settings.set('startLimitSeconds', 90);
  expect(stored()).toMatchObject({ notifications: false, startLimitSeconds: 90 });
  expect(quarantined()).toEqual(Array(copies).fill(content));
});

it('a full disk leaves a link to another file in its place', { tags: 'posix' }, () => {
  writeFileSync(join(folder, 'target.json'), '{"scripts": {}}');
  symlinkSync(join(folder, 'target.json'), file);
  const settings = openWithFullDisk();
  expect(readFileSync(file, 'utf8')).toBe('{"scripts": {}}');
  settings.set('startLimitSeconds', 90);
  expect(stored().startLimitSeconds).toBe(90);
  expect(quarantined()).toEqual(['{"scripts": {}}']);
});
