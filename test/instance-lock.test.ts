import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { sweepInstanceLock, whyUnwritable } from '../desktop/instance-lock';

let root = '';
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A profile as Chromium leaves it when it is killed, and the temporary folder it leads to. */
function lockOf(holder: string): { profile: string; folder: string } {
  root = mkdtempSync(join(tmpdir(), 'cachibot-test-'));
  const folder = join(root, 'scoped_dirABCDEF');
  const profile = join(root, 'profile');
  for (const made of [folder, profile]) mkdirSync(made);
  writeFileSync(join(folder, 'SingletonSocket'), '');
  symlinkSync('1234567890', join(folder, 'SingletonCookie'));
  symlinkSync(join(folder, 'SingletonSocket'), join(profile, 'SingletonSocket'));
  symlinkSync('1234567890', join(profile, 'SingletonCookie'));
  symlinkSync(holder, join(profile, 'SingletonLock'));
  return { profile, folder };
}

const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

// Windows has no such folder.
it('removes the folder of a holder that is dead', { tags: 'posix' }, () => {
  const { profile, folder } = lockOf(`${hostname()}-${deadPid()}`);
  sweepInstanceLock(profile);
  expect(existsSync(folder)).toBe(false);
});

it.each<[string, () => string]>([
  ['lives', () => `${hostname()}-${process.pid}`],
  ['is on another machine', () => `elsewhere-${deadPid()}`],
  ['is not named as Chromium names it', () => 'somebody'],
])('leaves the folder alone when its holder %s', { tags: 'posix' }, (_what, holder) => {
  const { profile, folder } = lockOf(holder());
  sweepInstanceLock(profile);
  expect(existsSync(join(folder, 'SingletonSocket'))).toBe(true);
});

it('never removes a folder that holds anything else', { tags: 'posix' }, () => {
  const { profile, folder } = lockOf(`${hostname()}-${deadPid()}`);
  writeFileSync(join(folder, 'mine.txt'), 'mine');
  sweepInstanceLock(profile);
  expect(existsSync(join(folder, 'mine.txt'))).toBe(true);
});

it('has nothing to do where there is no lock', () => {
  root = mkdtempSync(join(tmpdir(), 'cachibot-test-'));
  sweepInstanceLock(root);
  sweepInstanceLock(join(root, 'missing'));
});

it('has nothing against a profile that can be written, and leaves nothing in it', () => {
  const { profile } = lockOf('somebody');
  const before = readdirSync(profile);
  expect(whyUnwritable(profile)).toBeUndefined();
  expect(readdirSync(profile)).toEqual(before);
});

it('says what the system has against a profile that cannot be written', () => {
  const { profile } = lockOf('somebody');
  writeFileSync(join(profile, 'file'), '');
  expect(whyUnwritable(join(profile, 'file'))).toMatch(/EEXIST|ENOTDIR/);
});
