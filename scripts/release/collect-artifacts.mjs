// @ts-check
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';
import { assetsIn } from './assets.mjs';
import { alsoForBetas, inFeed, MANIFEST_NAME, manifestsIn, readManifest } from './manifests.mjs';

/** @typedef {import('./manifests.mjs').Manifest} Manifest */

/**
 * Lays what several machines have built into one folder, which is made anew. Two manifests of one name become one: the
 * two kinds of Mac are built on two machines, and have one manifest. The manifests say where the files will lie in the
 * feed: in a folder of their version, because an AppImage is called the same in every version, and one that was taken
 * back needs the one before.
 * @param {readonly string[]} from
 * @param {string} to
 */
export async function gather(from, to) {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const folder of from)
    for (const name of assetsIn(folder).all) {
      const [source, target] = [join(folder, name), join(to, name)];
      if (!existsSync(target)) copyFileSync(source, target);
      else if (MANIFEST_NAME.test(name)) await mergeInto(target, source);
      else throw new UserError(`Two machines have built ${name}.`, 'One of them is superfluous.');
    }
  for (const name of manifestsIn(to)) await write(join(to, name), inFeed(await readManifest(join(to, name))));
  alsoForBetas(to);
}

/**
 * @param {string} file
 * @param {Manifest} manifest
 */
async function write(file, manifest) {
  const { stringify } = await import('yaml');
  writeFileSync(file, stringify(manifest, { lineWidth: 0 }));
}

/**
 * @param {string} target
 * @param {string} source
 */
async function mergeInto(target, source) {
  await write(target, merged(await readManifest(target), await readManifest(source)));
}

/**
 * One manifest of two. The old fields `path` and `sha512` stay the first one's: who reads only these gets that.
 * @param {Manifest} one
 * @param {Manifest} other
 * @returns {Manifest}
 */
export function merged(one, other) {
  if (one.version !== other.version)
    throw new UserError(
      `One machine has built ${one.version}, another ${other.version}.`,
      'Build both from one commit.',
    );
  const releaseDate = one.releaseDate > other.releaseDate ? one.releaseDate : other.releaseDate;
  return { ...one, files: [...one.files, ...other.files], releaseDate };
}
