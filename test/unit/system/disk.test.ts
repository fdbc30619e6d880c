import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkFolder, firstFolder } from '../../../desktop/system/disk';
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

it('returns what a check of a folder returns, or that it took too long', async () => {
  expect(await checkFolder('/a', () => Promise.resolve('ENOSPC'))).toBe('ENOSPC');
  await expect(checkFolder('/a', () => Promise.reject(new Error('EIO')))).rejects.toThrow('EIO');
  expect(await checkFolder('/a', () => Promise.resolve('EACCES'))).toBe('EACCES');
  expect(await checkFolder('/a', () => new Promise(() => {}), 10)).toBe('ETIMEDOUT');
});

it('starts no check of a folder while another check of it is pending', async () => {
  let [started, running] = [0, 0];
  let respond: () => void = () => {};
  const isSilent = new Promise<void>(resolve => {
    respond = resolve;
  });
  const check = async () => {
    started += 1;
    running += 1;
    await isSilent;
    running -= 1;
    return running;
  };
  const checkIt = (limitMs: number) => checkFolder('/mnt/gone', check, limitMs);
  expect(await checkIt(10)).toBe('ETIMEDOUT');
  expect(await checkIt(10)).toBe('ETIMEDOUT');
  expect(await firstFolder(['/mnt/gone'], { isFolder: async () => true, limitMs: 10 })).toBeUndefined();
  expect(started).toBe(1);
  const later = [checkIt(5_000), checkIt(5_000)];
  respond();
  expect(await Promise.all(later)).toEqual([0, 0]);
  expect(started).toBe(3);
});
