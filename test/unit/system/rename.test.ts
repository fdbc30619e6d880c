/** Renames that another program delays, as antivirus programs do on Windows. */

import { existsSync, mkdtempSync, renameSync as renameSyncOfNode, rmSync, writeFileSync } from 'node:fs';
import { rename as renameOfNode } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rename, renameSync, renamesOn } from '../../../desktop/system/rename';

let folder: string;
let from: string;
let to: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-rename-'));
  from = join(folder, 'new');
  to = join(folder, 'file');
  writeFileSync(from, 'new');
  writeFileSync(to, 'old');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Renames that fail for the first milliseconds, as long as another program has the file open. */
function heldFor(ms: number, code: string) {
  const end = performance.now() + ms;
  let calls = 0;
  const check = () => {
    calls++;
    if (performance.now() < end) throw Object.assign(new Error(code), { code });
  };
  return {
    async rename(from: string, to: string) {
      check();
      await renameOfNode(from, to);
    },
    renameSync(from: string, to: string) {
      check();
      renameSyncOfNode(from, to);
    },
    calls: () => calls,
  };
}

const isRenamed = () => existsSync(to) && !existsSync(from);

describe.each(['EPERM', 'EACCES', 'EBUSY'])('Windows, after %s,', code => {
  it('waits for the other program', async () => {
    await renamesOn('win32', heldFor(100, code)).rename(from, to);
    expect(isRenamed()).toBe(true);
  });

  it('waits for the other program synchronously, too', () => {
    renamesOn('win32', heldFor(100, code)).renameSync(from, to);
    expect(isRenamed()).toBe(true);
  });
});

it('gives up after a second', async () => {
  const { rename, renameSync } = renamesOn('win32', heldFor(60_000, 'EPERM'));
  const start = performance.now();
  await expect(rename(from, to)).rejects.toThrow('EPERM');
  expect(() => renameSync(from, to)).toThrow('EPERM');
  expect(performance.now() - start).toBeGreaterThan(2_000);
});

it.each([
  ['on Windows, after any other error', 'win32', 'ENOSPC'],
  ['on other systems', 'linux', 'EACCES'],
] as const)('does not try again %s', async (_where, platform, code) => {
  const held = heldFor(60_000, code);
  const { rename, renameSync } = renamesOn(platform, held);
  await expect(rename(from, to)).rejects.toThrow(code);
  expect(() => renameSync(from, to)).toThrow(code);
  expect(held.calls()).toBe(2);
});

it('replaces a file', async () => {
  await rename(from, to);
  expect(isRenamed()).toBe(true);
  renameSync(to, from);
  expect(isRenamed()).toBe(false);
});
