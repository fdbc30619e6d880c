// @ts-check
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * @typedef {object} Manifest what electron-builder writes beside the installers for the updater to read
 * @property {string} version
 * @property {string} releaseDate
 * @property {{ url: string, sha512: string, size: number }[]} files
 * @property {string} [path]
 * @property {string} [sha512]
 */

/** Their names: a channel, and, but for Windows, the system, and with it maybe the kind of processor. */
export const MANIFEST_NAME = /^(latest|beta)(-(linux|mac)(-[a-z0-9]+)?)?\.yml$/;

/**
 * @param {string} folder
 * @returns {string[]} names
 */
export function manifestsIn(folder) {
  return readdirSync(folder).filter(name => MANIFEST_NAME.test(name));
}

/**
 * @param {string} file
 * @returns {Promise<Manifest>}
 */
export async function readManifest(file) {
  const { parse } = await import('yaml');
  return parse(readFileSync(file, 'utf8'));
}

/**
 * The same manifest for a feed, in which each version's files lie in a folder of its name.
 * @param {Manifest} manifest
 * @returns {Manifest}
 */
export function inFeed({ path, ...manifest }) {
  const place = (/** @type {string} */ name) => `${manifest.version}/${name}`;
  const files = manifest.files.map(file => ({ ...file, url: place(file.url) }));
  return { ...manifest, files, ...(path === undefined ? {} : { path: place(path) }) };
}

/**
 * Recomputes every hash and size in every update manifest of a feed, or of a folder with the assets for one. One line for each thing that is wrong.
 * @param {string} folder
 * @param {string} version that they all have to name
 * @returns {Promise<{ checked: number, wrong: string[] }>} how many hashes were computed
 */
export async function verifyManifests(folder, version) {
  const names = manifestsIn(folder);
  const wrong = names.length === 0 ? [`${folder} holds no update manifest.`] : [];
  let checked = 0;
  for (const name of names) {
    const manifest = await readManifest(join(folder, name));
    if (manifest.version !== version) wrong.push(`${name} is of version ${manifest.version}, not ${version}.`);
    if (!(manifest.files?.length > 0)) wrong.push(`${name} names no file.`);
    const first = manifest.path === undefined ? [] : [{ url: manifest.path, sha512: manifest.sha512, size: undefined }];
    for (const { url, sha512, size } of [...(manifest.files ?? []), ...first]) {
      const own = basename(url);
      const file = [join(folder, url), join(folder, own)].find(existsSync);
      if (url !== `${version}/${own}` || file === undefined) {
        wrong.push(`${name} names ${url}, which is not there.`);
        continue;
      }
      checked++;
      if (size !== undefined && statSync(file).size !== size)
        wrong.push(`${name} says that ${url} has ${size} bytes; it has ${statSync(file).size}.`);
      if ((await hashOfFile(file, 'sha512', 'base64')) !== sha512) wrong.push(`${name} has another hash for ${url}.`);
    }
  }
  return { checked, wrong };
}

/**
 * Who wants betas wants the stable release, too, when that is newer: lays each stable manifest down under the beta's
 * name. A beta's own manifests are left alone.
 * @param {string} folder
 */
export function alsoForBetas(folder) {
  const stable = manifestsIn(folder).filter(name => name.startsWith('latest'));
  for (const name of stable)
    writeFileSync(join(folder, name.replace('latest', 'beta')), readFileSync(join(folder, name)));
  return stable.map(name => name.replace('latest', 'beta'));
}

/**
 * @param {string} file
 * @param {'sha256' | 'sha512'} kind
 * @param {'hex' | 'base64'} form
 */
export async function hashOfFile(file, kind, form) {
  const hash = createHash(kind);
  await pipeline(createReadStream(file), hash);
  return hash.digest(form);
}
