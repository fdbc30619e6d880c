// @ts-check
import { join } from 'node:path';
import { runTool } from '../setup/tool.mjs';
import { build, PROGRAM } from './freeze.mjs';
import { differencesBetween, MANIFEST, readBundle } from './manifest.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/** @typedef {import('./freeze.mjs').Place} Place */

const SHOWN = 40;

/**
 * Freezes once more, elsewhere, and compares the outcome with resources/backend byte by byte. Replaces nothing. Says
 * what differs, down to the module in the program; returns how many files do.
 * @param {Work} work
 * @param {Place} place
 */
export async function freezeAgain(work, place) {
  const again = await build(work, { ...place, folder: join(place.folder, 'again') });
  return compare(work, place, [join(work.root, 'resources', 'backend'), again]);
}

/**
 * @param {Work} work
 * @param {Pick<Place, 'freezer'>} place
 * @param {[string, string]} bundles
 */
async function compare(work, place, bundles) {
  const [was, is] = [readBundle(bundles[0]), readBundle(bundles[1])];
  const lines = differencesBetween(was, is);
  for (const line of lines.slice(0, SHOWN)) work.say(line);
  if (lines.includes(`changed: ${PROGRAM}`))
    for (const name of await changedMembers(work, place, bundles)) work.say(`  in ${PROGRAM}: ${name}`);
  const all = Object.keys(is.files).length + Object.keys(is.links).length;
  const verdict = lines.length === 0 ? 'the same, byte by byte' : `${lines.length} differ`;
  work.say(`two freezes, ${all} files and links (${MANIFEST} follows from them): ${verdict}`);
  return lines.length;
}

/**
 * @param {Work} work
 * @param {Pick<Place, 'freezer'>} place
 * @param {[string, string]} bundles
 */
async function changedMembers(work, { freezer }, bundles) {
  const script = join(work.root, 'scripts', 'backend', 'members.py');
  const [was, is] = await Promise.all(
    bundles.map(async bundle => {
      const said = await runTool(work, freezer, [script, join(bundle, PROGRAM)]);
      return /** @type {Record<string, string>} */ (JSON.parse(said));
    }),
  );
  const names = new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})]);
  const changed = [...names].filter(name => was?.[name] !== is?.[name]);
  return changed.length === 0 ? ['the order of its parts'] : changed.slice(0, SHOWN);
}
