// @ts-check
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export const MANIFEST = 'manifest.json';

/**
 * What belongs into a bundle, paths relative to it and with slashes.
 * @typedef {object} Manifest
 * @property {Record<string, { size: number, sha256: string }>} files size in bytes; all but the manifest itself
 * @property {Record<string, string>} links symbolic links and where they point
 */

/**
 * Describes a bundle in a file inside it.
 * @param {string} bundle
 * @returns {Manifest}
 */
export function writeManifest(bundle) {
  const manifest = readBundle(bundle);
  const file = join(bundle, MANIFEST);
  // Replaced, not written into: where an app was packed with hard links, it is the file of another bundle as well.
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 1)}\n`);
  return manifest;
}

/**
 * @param {string} bundle
 * @returns {Manifest}
 */
export function readBundle(bundle) {
  /** @type {Manifest} */
  const manifest = { files: {}, links: {} };
  for (const path of everythingIn(bundle)) {
    const name = relative(bundle, path).split(sep).join('/');
    if (name === MANIFEST) continue;
    const about = lstatSync(path);
    if (about.isSymbolicLink()) manifest.links[name] = readlinkSync(path).split(sep).join('/');
    else manifest.files[name] = { size: about.size, sha256: sha256(path) };
  }
  return manifest;
}

/**
 * What is different in a bundle from what its manifest says, one line each; empty when nothing is.
 * @param {string} bundle
 * @returns {string[]}
 */
export function differences(bundle) {
  /** @type {Manifest} */
  const wanted = JSON.parse(readFileSync(join(bundle, MANIFEST), 'utf8'));
  return differencesBetween(wanted, readBundle(bundle));
}

/**
 * What is different in one bundle from another, one line each; empty when nothing is.
 * @param {Manifest} wanted
 * @param {Manifest} found
 */
export function differencesBetween(wanted, found) {
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

/** @param {string} bundle */
export function describe(bundle) {
  /** @type {Manifest} */
  const { files } = JSON.parse(readFileSync(join(bundle, MANIFEST), 'utf8'));
  const bytes = Object.values(files).reduce((sum, { size }) => sum + size, 0);
  return `${Object.keys(files).length} files, ${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * @param {string} folder
 * @returns {string[]} files and links, sorted by their names
 */
function everythingIn(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap(entry => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? everythingIn(path) : [path];
  });
}

/** @param {string} file */
function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
