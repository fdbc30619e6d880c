import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { whyLockFailed } from '../../../desktop/startup/instance-lock';
import { whyUnwritable } from '../../../desktop/system/writable-folder';

let root = '';
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Creates a profile whose lock names `owner`. */
function lockOf(owner: string): { profile: string } {
  root = mkdtempSync(join(tmpdir(), 'cachibot-test-'));
  const profile = join(root, 'profile');
  mkdirSync(profile);
  symlinkSync(owner, join(profile, 'SingletonLock'));
  return { profile };
}

const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

it('accepts a profile that can be written to, and leaves nothing in it', () => {
  const { profile } = lockOf('another-host-1');
  const before = readdirSync(profile);
  expect(whyUnwritable(profile)).toBeUndefined();
  expect(readdirSync(profile)).toEqual(before);
});

it('returns the system’s error for a profile that cannot be written to', () => {
  const { profile } = lockOf('another-host-1');
  writeFileSync(join(profile, 'file'), '');
  expect(whyUnwritable(join(profile, 'file'))).toMatch(/EEXIST|ENOTDIR/);
});

const link = { lockIsLink: true };

it.each<[string, () => string]>([
  ['runs', () => `${hostname()}-${process.ppid}`],
  ['runs, and this machine’s name has changed since', () => `another-name-${process.ppid}`],
])('reports a second launch when the lock’s owner %s', { tags: 'posix' }, (_what, owner) => {
  expect(whyLockFailed(lockOf(owner()).profile, link)).toBeUndefined();
});

it.each<[string, () => string]>([
  ['has exited', () => `${hostname()}-${deadPid()}`],
  ['is this process itself', () => `${hostname()}-${process.pid}`],
])('reports no second launch when the lock’s owner %s', { tags: 'posix' }, (_what, owner) => {
  const { profile } = lockOf(owner());
  expect(whyLockFailed(profile, link)).toContain(`can’t lock its own folder ${profile}`);
});

it('names a profile that cannot be written to, with every kind of lock', () => {
  const { profile } = lockOf('another-host-1');
  writeFileSync(join(profile, 'file'), '');
  for (const lockIsLink of [true, false])
    expect(whyLockFailed(join(profile, 'file'), { lockIsLink })).toContain('can’t write to its own folder');
});

it('reports a second launch where the lock is not a link', () => {
  root = mkdtempSync(join(tmpdir(), 'cachibot-test-'));
  expect(whyLockFailed(root, { lockIsLink: false })).toBeUndefined();
});
