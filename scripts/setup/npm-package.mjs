// @ts-check
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runNpm, runTool } from './tool.mjs';
import { UserError } from './user-error.mjs';

/**
 * Unpacks a package of the npm registry without installing it. Throws a UserError if its hash is not `sha512`.
 * @param {import('./tool.mjs').Work} work
 * @param {{ spec: string, sha512: string }} source `sha512`: of the archive, in base64
 * @param {string} folder is created; the package is in `package/`
 */
export async function unpackNpmPackage(work, { spec, sha512 }, folder) {
  mkdirSync(folder, { recursive: true });
  const packed = await runNpm(work, ['pack', spec, '--pack-destination', folder], { cwd: folder });
  const archive = join(folder, packed.trim().split('\n').at(-1) ?? '');
  const hash = createHash('sha512');
  await pipeline(createReadStream(archive), hash);
  if (hash.digest('base64') !== sha512)
    throw new UserError(`The hash of ${spec} differs from the pinned hash.`, 'Ask the operator of the registry.');
  await runTool(work, 'tar', ['-xzf', archive, '-C', folder]);
  rmSync(archive);
}
