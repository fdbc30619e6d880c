import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownWorkspace } from '../../../desktop/system/own-workspace';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

/** Returns paths as on a disk that ignores case, and has a folder `cachibot`. */
const ignoresCase = (path: string) => path.replace(/CachiBot$/, 'cachibot');

it('is CachiBot, whether it exists or not', () => {
  const home = createTemporaryFolder();
  expect(ownWorkspace(home)).toBe(join(home, 'CachiBot'));
  mkdirSync(join(home, 'CachiBot'));
  expect(ownWorkspace(home)).toBe(join(home, 'CachiBot'));
});

it('is another folder if the disk takes a clone of CachiBot for it', () => {
  const home = createTemporaryFolder();
  expect(ownWorkspace(home, ignoresCase)).toBe(join(home, 'CachiBot'));
  mkdirSync(join(home, 'CachiBot'));
  expect(ownWorkspace(home, ignoresCase)).toBe(join(home, 'CachiBot Workspace'));
});

it('is beside a clone on a disk that respects case', () => {
  const home = createTemporaryFolder();
  mkdirSync(join(home, 'cachibot'));
  expect(ownWorkspace(home)).toBe(join(home, 'CachiBot'));
});

it('may be a link to a folder of another name', () => {
  const home = createTemporaryFolder();
  mkdirSync(join(home, 'cachibot'));
  symlinkSync(join(home, 'cachibot'), join(home, 'CachiBot'), 'junction');
  expect(ownWorkspace(home)).toBe(join(home, 'CachiBot'));
});
