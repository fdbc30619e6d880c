// @ts-check
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * @typedef {object} Manifest an update manifest, which electron-builder writes beside the installers
 * @property {string} version
 * @property {string} releaseDate
 * @property {{ url: string, sha512: string, size: number }[]} files
 * @property {string} [path]
 * @property {string} [sha512]
 */

/** Names of update manifests: the channel, the system (none for Windows), and on some systems the architecture. */
export const MANIFEST_NAME = /^(latest|beta)(-(linux|mac)(-[a-z0-9]+)?)?\.yml$/;

/**
 * Returns the names of the update manifests in a folder.
 * @param {string} folder
 * @returns {string[]}
 */
export function manifestsIn(folder) {
  return readdirSync(folder).filter(name => MANIFEST_NAME.test(name));
}

/**
 * Reads an update manifest.
 * @param {string} file
 * @returns {Promise<Manifest>}
 */
export async function readManifest(file) {
  const { parse } = await import('yaml');
  return parse(readFileSync(file, 'utf8'));
}

/**
 * Changes the paths in a manifest to those in a feed, where each version has a folder.
 * @param {Manifest} manifest
 * @returns {Manifest}
 */
export function withFeedPaths({ path, ...manifest }) {
  const feedPath = (/** @type {string} */ name) => `${manifest.version}/${name}`;
  const files = manifest.files.map(file => ({ ...file, url: feedPath(file.url) }));
  return { ...manifest, files, ...(path === undefined ? {} : { path: feedPath(path) }) };
}

/**
 * Checks every hash and size in every update manifest of a feed or of a folder with assets.
 * @param {string} folder
 * @param {string} version expected in every manifest
 * @returns {Promise<{ checked: number, wrong: string[] }>} `checked`: number of hashes; `wrong`: problems, one line each
 */
export async function verifyManifests(folder, version) {
  const names = manifestsIn(folder);
  const wrong = names.length === 0 ? [`${folder} contains no update manifest.`] : [];
  let checked = 0;
  for (const name of names) {
    const manifest = await readManifest(join(folder, name));
    if (manifest.version !== version) wrong.push(`${name} has version ${manifest.version}, not ${version}.`);
    if (!(manifest.files?.length > 0)) wrong.push(`${name} names no file.`);
    const first = manifest.path === undefined ? [] : [{ url: manifest.path, sha512: manifest.sha512, size: undefined }];
    for (const { url, sha512, size } of [...(manifest.files ?? []), ...first]) {
      const asset = basename(url);
      const file = [join(folder, url), join(folder, asset)].find(existsSync);
      if (url !== `${version}/${asset}` || file === undefined) {
        wrong.push(`${name} names ${url}, which does not exist.`);
        continue;
      }
      checked++;
      if (size !== undefined && statSync(file).size !== size)
        wrong.push(`${name} says that ${url} has ${size} bytes, but it has ${statSync(file).size}.`);
      if ((await hashOfFile(file, 'sha512', 'base64')) !== sha512) wrong.push(`${name} has another hash for ${url}.`);
    }
  }
  return { checked, wrong };
}

/**
 * Copies each stable manifest to the beta channel, because users of betas also get newer stable releases. Does not change
 * the manifests of a beta release.
 * @param {string} folder
 */
export function copyToBetaChannel(folder) {
  const stable = manifestsIn(folder).filter(name => name.startsWith('latest'));
  for (const name of stable)
    writeFileSync(join(folder, name.replace('latest', 'beta')), readFileSync(join(folder, name)));
  return stable.map(name => name.replace('latest', 'beta'));
}

/**
 * Returns the hash of a file.
 * @param {string} file
 * @param {'sha256' | 'sha512'} algorithm
 * @param {'hex' | 'base64'} encoding
 */
export async function hashOfFile(file, algorithm, encoding) {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest(encoding);
}
