/** Renames that another program delays, as antivirus programs do on Windows. */

import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rename as renameOfNode } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rename, renameInPlace, retryWhileInUse, retryWhileInUseSync } from '../../../desktop/system/rename';

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

/** Throws the error for the first milliseconds, as long as another program has the file open. */
function heldFor(ms: number, code: string) {
  const end = performance.now() + ms;
  let calls = 0;
  return {
    check() {
      calls++;
      if (performance.now() < end) throw Object.assign(new Error(code), { code });
    },
    calls: () => calls,
  };
}

const isRenamed = () => existsSync(to) && !existsSync(from);

describe.each(['EPERM', 'EACCES', 'EBUSY'])('after %s', code => {
  it('waits for the other program', async () => {
    const held = heldFor(100, code);
    await retryWhileInUse(async () => {
      held.check();
      await renameOfNode(from, to);
    });
    expect(isRenamed()).toBe(true);
  });

  it('waits for the other program in place, too', () => {
    const held = heldFor(100, code);
    retryWhileInUseSync(() => {
      held.check();
      renameSync(from, to);
    });
    expect(isRenamed()).toBe(true);
  });
});

it('gives up after a second', async () => {
  const held = heldFor(60_000, 'EPERM');
  const start = performance.now();
  await expect(retryWhileInUse(async () => held.check())).rejects.toThrow('EPERM');
  expect(() => retryWhileInUseSync(() => held.check())).toThrow('EPERM');
  expect(performance.now() - start).toBeGreaterThan(2_000);
});

it('does not try again after any other error', async () => {
  const held = heldFor(60_000, 'ENOSPC');
  await expect(retryWhileInUse(async () => held.check())).rejects.toThrow('ENOSPC');
  expect(() => retryWhileInUseSync(() => held.check())).toThrow('ENOSPC');
  expect(held.calls()).toBe(2);
});

it('replaces a file', async () => {
  await rename(from, to);
  expect(isRenamed()).toBe(true);
  renameInPlace(to, from);
  expect(isRenamed()).toBe(false);
});
