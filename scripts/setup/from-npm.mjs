// @ts-check
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runNpm, runTool } from './tool.mjs';
import { UserError } from './user-error.mjs';

/**
 * Unpacks a package of npm's registry whose hash is known, without installing it.
 * @param {import('./tool.mjs').Work} work
 * @param {{ spec: string, sha512: string }} which hash of the archive, in base64
 * @param {string} folder made here; the package is in `package/`
 */
export async function fromNpm(work, { spec, sha512 }, folder) {
  mkdirSync(folder, { recursive: true });
  const packed = await runNpm(work, ['pack', spec, '--pack-destination', folder], { cwd: folder });
  const archive = join(folder, packed.trim().split('\n').at(-1) ?? '');
  const hash = createHash('sha512');
  await pipeline(createReadStream(archive), hash);
  if (hash.digest('base64') !== sha512)
    throw new UserError(`${spec} is not the package it should be (its hash differs).`, 'Ask who runs the registry.');
  await runTool(work, 'tar', ['-xzf', archive, '-C', folder]);
  rmSync(archive);
}
