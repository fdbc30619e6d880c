import { mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chooseTemporaryFolder } from '../../../desktop/startup/temporary-folder';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

it('chooses the first temporary folder that can contain a socket, and leaves nothing in it', { tags: 'posix' }, () => {
  const folder = createTemporaryFolder();
  const long = join(folder, 'l'.repeat(100));
  mkdirSync(long);
  const unusable = [undefined, '', 'relative', join(folder, 'missing'), '/etc/hostname', long];
  expect(chooseTemporaryFolder([...unusable, folder, tmpdir()])).toBe(folder);
  expect(readdirSync(folder)).toEqual(['l'.repeat(100)]);
});

it('lists every temporary folder when none can be used', { tags: 'posix' }, () => {
  expect(() => chooseTemporaryFolder(['/nowhere/a', '/nowhere/b', undefined])).toThrow(
    /can’t use any folder.*\/nowhere\/a: ENOENT.*\/nowhere\/b: ENOENT/s,
  );
});
