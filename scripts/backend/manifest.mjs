// @ts-check
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export const MANIFEST = 'manifest.json';

/**
 * The contents of a bundle. Paths are relative to it, with slashes.
 * @typedef {object} Manifest
 * @property {Record<string, { size: number, sha256: string }>} files all but the manifest itself; size in bytes
 * @property {Record<string, string>} links symbolic links and their targets
 */

/**
 * Writes the manifest of a bundle into the bundle.
 * @param {string} bundle
 * @returns {Manifest}
 */
export function writeManifest(bundle) {
  const manifest = readBundle(bundle);
  const file = join(bundle, MANIFEST);
  // Delete the file first: if an app was packed with hard links, it is also the file of another bundle.
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 1)}\n`);
  return manifest;
}

/**
 * Returns the actual contents of a bundle.
 * @param {string} bundle
 * @returns {Manifest}
 */
export function readBundle(bundle) {
  /** @type {Manifest} */
  const manifest = { files: {}, links: {} };
  for (const path of filesAndLinksIn(bundle)) {
    const name = relative(bundle, path).split(sep).join('/');
    if (name === MANIFEST) continue;
    const about = lstatSync(path);
    if (about.isSymbolicLink()) manifest.links[name] = readlinkSync(path).split(sep).join('/');
    else manifest.files[name] = { size: about.size, sha256: sha256(path) };
  }
  return manifest;
}

/**
 * Returns the differences between a bundle and its manifest, one line each.
 * @param {string} bundle
 * @returns {string[]}
 */
export function bundleDifferences(bundle) {
  /** @type {Manifest} */
  const wanted = JSON.parse(readFileSync(join(bundle, MANIFEST), 'utf8'));
  return compareManifests(wanted, readBundle(bundle));
}

/**
 * Returns the differences between two manifests, one line each: missing, changed, or not in `wanted`.
 * @param {Manifest} wanted
 * @param {Manifest} found
 */
export function compareManifests(wanted, found) {
  const lines = [];
  for (const [name, { size, sha256 }] of Object.entries(wanted.files)) {
    const file = found.files[name];
    if (file === undefined) lines.push(`missing: ${name}`);
    else if (file.size !== size || file.sha256 !== sha256) lines.push(`changed: ${name}`);
  }
  for (const [name, target] of Object.entries(wanted.links))
    if (found.links[name] !== target) lines.push(`${found.links[name] === undefined ? 'missing' : 'changed'}: ${name}`);
  for (const name of [...Object.keys(found.files), ...Object.keys(found.links)])
    if (wanted.files[name] === undefined && wanted.links[name] === undefined) lines.push(`foreign: ${name}`);
  return lines;
}

/**
 * Returns the number of files and the size of a bundle, for messages.
 * @param {string} bundle
 */
export function describe(bundle) {
  /** @type {Manifest} */
  const { files } = JSON.parse(readFileSync(join(bundle, MANIFEST), 'utf8'));
  const bytes = Object.values(files).reduce((sum, { size }) => sum + size, 0);
  return `${Object.keys(files).length} files, ${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * @param {string} folder
 * @returns {string[]} files and links, sorted by name
 */
function filesAndLinksIn(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap(entry => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesAndLinksIn(path) : [path];
  });
}

/** @param {string} file */
function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
