// @ts-check
import { join } from 'node:path';
import { runTool } from '../setup/tool.mjs';
import { build, PROGRAM } from './freeze.mjs';
import { compareManifests, MANIFEST, readBundle } from './manifest.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/** @typedef {import('./freeze.mjs').FreezeFolders} FreezeFolders */

const MAX_LINES = 40;
/** Files that contain modules. */
const ARCHIVES = [PROGRAM, '_internal/modules.pyz'];

/**
 * Freezes again into another folder and compares the result with resources/backend, byte by byte. Prints the
 * differences, including the modules in archives; returns the number of files that differ.
 * @param {Work} work
 * @param {FreezeFolders} folders
 */
export async function freezeAgain(work, folders) {
  const again = await build(work, { ...folders, folder: join(folders.folder, 'again') });
  return compareBundles(work, folders, [join(work.root, 'resources', 'backend'), again]);
}

/**
 * @param {Work} work
 * @param {Pick<FreezeFolders, 'freezer'>} folders
 * @param {[string, string]} bundles
 */
async function compareBundles(work, folders, bundles) {
  const [first, second] = [readBundle(bundles[0]), readBundle(bundles[1])];
  const lines = compareManifests(first, second);
  for (const line of lines.slice(0, MAX_LINES)) work.say(line);
  if (ARCHIVES.some(file => lines.includes(`changed: ${file}`)))
    for (const name of await changedMembers(work, folders, bundles)) work.say(`  inside: ${name}`);
  const total = Object.keys(second.files).length + Object.keys(second.links).length;
  const verdict = lines.length === 0 ? 'identical' : `${lines.length} differ`;
  work.say(`compared two freezes, ${total} files and links without ${MANIFEST}: ${verdict}`);
  return lines.length;
}

/**
 * Returns the modules and files in the archives that differ.
 * @param {Work} work
 * @param {Pick<FreezeFolders, 'freezer'>} folders
 * @param {[string, string]} bundles
 */
async function changedMembers(work, { freezer }, bundles) {
  const script = join(work.root, 'scripts', 'backend', 'members.py');
  const [first, second] = await Promise.all(
    bundles.map(async bundle => {
      const output = await runTool(work, freezer, [script, bundle]);
      return /** @type {Record<string, string>} */ (JSON.parse(output));
    }),
  );
  const names = new Set([...Object.keys(first ?? {}), ...Object.keys(second ?? {})]);
  const changed = [...names].filter(name => first?.[name] !== second?.[name]);
  return changed.length === 0 ? ['the order of its members'] : changed.slice(0, MAX_LINES);
}
