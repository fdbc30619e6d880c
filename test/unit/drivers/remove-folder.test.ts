/** Removal of a folder that is in use, as the profile is on Windows when the smoke test ends. */

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeFolder } from '../../drivers/remove-folder';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

/** Creates a profile with a log. */
function createProfile(): string {
  const profile = join(createTemporaryFolder(), 'profile');
  mkdirSync(join(profile, 'logs'), { recursive: true });
  writeFileSync(join(profile, 'logs', 'main.log'), 'the last line\n');
  return profile;
}

/** A removal that fails this often, with this code. */
function failing(times: number, code: string) {
  let calls = 0;
  return {
    remove: (folder: string) => {
      if (++calls <= times) throw Object.assign(new Error(`${code}: ${folder}`), { code });
      rmSync(folder, { recursive: true });
    },
    calls: () => calls,
  };
}

describe.each(['EBUSY', 'EPERM', 'EACCES', 'ENOTEMPTY'])('a folder in use (%s)', code => {
  it('is removed when nothing uses it any more', async () => {
    const profile = createProfile();
    const { remove, calls } = failing(2, code);
    await removeFolder(profile, { remove });
    expect(existsSync(profile)).toBe(false);
    expect(calls()).toBe(3);
  });

  it('is an error when it stays in use', async () => {
    const profile = createProfile();
    const { remove, calls } = failing(Number.POSITIVE_INFINITY, code);
    await expect(removeFolder(profile, { remove, limitMs: 250 })).rejects.toThrow(code);
    expect(calls()).toBeGreaterThan(1);
    expect(existsSync(profile)).toBe(true);
  });
});

it('does not retry after any other error', async () => {
  const { remove, calls } = failing(1, 'EIO');
  await expect(removeFolder(createProfile(), { remove })).rejects.toThrow('EIO');
  expect(calls()).toBe(1);
});

it('removes a folder with its content, and accepts a missing folder', async () => {
  const profile = createProfile();
  await removeFolder(profile);
  expect(existsSync(profile)).toBe(false);
  await removeFolder(profile);
});
