import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { firstFolder, fromDisk } from '../../../desktop/system/disk';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

it('finds the first folder that exists', async () => {
  const home = createTemporaryFolder();
  const [missing, file, folder] = [join(home, 'missing'), join(home, 'file'), join(home, 'folder')];
  writeFileSync(file, '');
  mkdirSync(folder);
  expect(await firstFolder([missing, file, folder, home])).toBe(folder);
  expect(await firstFolder([missing, file])).toBeUndefined();
});

it('passes over a folder whose disk does not respond, and asks that disk once', async () => {
  const asked: string[] = [];
  let respond: (exists: boolean) => void = () => {};
  const isFolder = (path: string) => {
    asked.push(path);
    return path === '/silent'
      ? new Promise<boolean>(resolve => {
          respond = resolve;
        })
      : Promise.resolve(true);
  };
  const find = () => firstFolder(['/silent', '/home'], { isFolder, limitMs: 10 });
  expect(await find()).toBe('/home');
  expect(await find()).toBe('/home');
  expect(asked).toEqual(['/silent', '/home', '/home']);
  respond(true);
  await new Promise(setImmediate);
  void find();
  expect(asked.at(-1)).toBe('/silent');
  respond(true);
});

it('returns nothing for an answer that fails or takes too long', async () => {
  expect(await fromDisk(Promise.resolve('ENOSPC'), 1_000)).toBe('ENOSPC');
  expect(await fromDisk(Promise.reject(new Error('EIO')), 1_000)).toBeUndefined();
  expect(await fromDisk(new Promise(() => {}), 10)).toBeUndefined();
});
