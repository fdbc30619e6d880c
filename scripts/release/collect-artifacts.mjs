// @ts-check
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';
import { assetsIn } from './assets.mjs';
import { copyToBetaChannel, MANIFEST_NAME, manifestsIn, readManifest, withFeedPaths } from './manifests.mjs';

/** @typedef {import('./manifests.mjs').Manifest} Manifest */

/**
 * Collects the artifacts of several machines in one folder. Merges manifests of the same name, because two machines build
 * for macOS, one for each architecture. Changes the manifests to the paths in the feed, where each version has a folder:
 * an AppImage has the same name in every version, and withdrawing a release needs the files of the previous version.
 * @param {readonly string[]} from
 * @param {string} to is replaced
 */
export async function collectArtifacts(from, to) {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const folder of from)
    for (const name of assetsIn(folder).all) {
      const [source, target] = [join(folder, name), join(to, name)];
      if (!existsSync(target)) copyFileSync(source, target);
      else if (MANIFEST_NAME.test(name)) await mergeIntoFile(target, source);
      else throw new UserError(`Two machines have built ${name}.`, 'Remove one of them.');
    }
  for (const name of manifestsIn(to)) await write(join(to, name), withFeedPaths(await readManifest(join(to, name))));
  copyToBetaChannel(to);
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
async function mergeIntoFile(target, source) {
  await write(target, mergeManifests(await readManifest(target), await readManifest(source)));
}

/**
 * Merges two manifests. The deprecated fields `path` and `sha512` can name one file only and stay those of the first.
 * @param {Manifest} one
 * @param {Manifest} other
 * @returns {Manifest}
 */
export function mergeManifests(one, other) {
  if (one.version !== other.version)
    throw new UserError(
      `One machine has built ${one.version}, another ${other.version}.`,
      'Build both from one commit.',
    );
  const releaseDate = one.releaseDate > other.releaseDate ? one.releaseDate : other.releaseDate;
  return { ...one, files: [...one.files, ...other.files], releaseDate };
}
