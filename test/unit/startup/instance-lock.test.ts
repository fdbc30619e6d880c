import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { chooseTemporaryFolder, whyLockFailed } from '../../../desktop/startup/instance-lock';
import { whyUnwritable } from '../../../desktop/system/writable-folder';

let root = '';
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A profile whose lock names `holder`. */
function lockOf(holder: string): { profile: string } {
  root = mkdtempSync(join(tmpdir(), 'cachibot-test-'));
  const profile = join(root, 'profile');
  mkdirSync(profile);
  symlinkSync(holder, join(profile, 'SingletonLock'));
  return { profile };
}

const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

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

const link = { lockIsLink: true };

it.each<[string, () => string]>([
  ['lives', () => `${hostname()}-${process.ppid}`],
  ['lives, and the name of this machine has changed since', () => `another-name-${process.ppid}`],
])('takes a refused lock for a second start when its holder %s', { tags: 'posix' }, (_what, holder) => {
  expect(whyLockFailed(lockOf(holder()).profile, link)).toBeUndefined();
});

it.each<[string, () => string]>([
  ['is dead', () => `${hostname()}-${deadPid()}`],
  ['is this process itself', () => `${hostname()}-${process.pid}`],
])('does not take a refused lock for a second start when its holder %s', { tags: 'posix' }, (_what, holder) => {
  const { profile } = lockOf(holder());
  expect(whyLockFailed(profile, link)).toContain(`can’t lock its own folder ${profile}`);
});

it('names the profile that cannot be written to, whatever kind of lock the system has', () => {
  const { profile } = lockOf('somebody');
  writeFileSync(join(profile, 'file'), '');
  for (const lockIsLink of [true, false])
    expect(whyLockFailed(join(profile, 'file'), { lockIsLink })).toContain('can’t write to its own folder');
});

it('knows a second start only by the refusal where the lock is not a link', () => {
  root = mkdtempSync(join(tmpdir(), 'cachibot-test-'));
  expect(whyLockFailed(root, { lockIsLink: false })).toBeUndefined();
});

it('takes the first temporary folder that can hold a socket, and leaves nothing in it', { tags: 'posix' }, () => {
  const { profile } = lockOf('somebody');
  const before = readdirSync(profile);
  const long = join(profile, 'l'.repeat(100));
  mkdirSync(long);
  const unusable = [undefined, '', 'relative', join(profile, 'missing'), '/etc/hostname', long];
  expect(chooseTemporaryFolder([...unusable, profile, tmpdir()])).toBe(profile);
  expect(readdirSync(profile)).toEqual([...before, 'l'.repeat(100)]);
});

it('names every temporary folder that cannot be used when none can', { tags: 'posix' }, () => {
  expect(() => chooseTemporaryFolder(['/nowhere/a', '/nowhere/b', undefined])).toThrow(
    /can’t use any folder.*\/nowhere\/a: ENOENT.*\/nowhere\/b: ENOENT/s,
  );
});
