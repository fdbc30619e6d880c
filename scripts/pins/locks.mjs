// @ts-check
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PYTHON_VERSION } from '../setup/python.mjs';
import { runTool } from '../setup/tool.mjs';
import { dateIn, pinsIn } from './overrides.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

/** cachibot 0.3.0 was released the day before. */
const RELEASED = '2026-03-20';

/**
 * Makes the lock files of the Python half: nothing newer than cachibot's release, save what build/overrides.txt names.
 * @param {Work} work
 * @param {string} uv
 */
export async function makeLocks(work, uv) {
  const date = dateIn(overridesText(work.root));
  const names = pinsIn(overridesText(work.root)).map(({ name }) => name);
  await lock(work, 'requirements', await resolve(work, uv, names, date));
  for (const name of ['requirements-dev', 'requirements-build', 'requirements-bill'])
    await lock(work, name, await compile(work, uv, name, ['--exclude-newer', date]));
}

/**
 * What build/requirements.in comes to with the newest of these packages that there were on that day, and nothing
 * against build/overrides.txt. Returns the text of a lock.
 * @param {Work} work
 * @param {string} uv
 * @param {string[]} names
 * @param {string} date
 */
export function resolve(work, uv, names, date) {
  return compile(work, uv, 'requirements', [
    ...['--exclude-newer', RELEASED, '--constraint', 'build/overrides.txt'],
    ...[...new Set(names)].flatMap(name => ['--exclude-newer-package', `${name}=${date}`]),
  ]);
}

/**
 * Versions by name; several where the systems differ.
 * @param {string} text of a lock
 */
export function versionsIn(text) {
  /** @type {Record<string, string[]>} */
  const versions = {};
  for (const [, name = '', version = ''] of text.matchAll(/^([a-z0-9-]+)==(\S+)/gm)) {
    versions[name] ??= [];
    versions[name].push(version);
  }
  return versions;
}

/**
 * What is another in one lock than in another, one line each.
 * @param {string} was
 * @param {string} is
 */
export function differences(was, is) {
  const [before, after] = [versionsIn(was), versionsIn(is)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap(name => {
    const [from, to] = [before[name]?.join(', '), after[name]?.join(', ')];
    return from === to ? [] : [`${name}: ${from ?? 'not there'} → ${to ?? 'not needed any more'}`];
  });
}

/** @param {string} root */
export function overridesText(root) {
  return readFileSync(join(root, 'build', 'overrides.txt'), 'utf8');
}

/**
 * @param {Work} work
 * @param {string} uv
 * @param {string} name
 * @param {string[]} limits
 */
function compile(work, uv, name, limits) {
  // For every system at once, and without a word about where the packages came from.
  const form = ['--universal', '--python-version', PYTHON_VERSION, '--generate-hashes', '--no-header', '--no-annotate'];
  return runTool(work, uv, ['pip', 'compile', '--quiet', ...form, ...limits, `build/${name}.in`]);
}

/**
 * @param {Work} work
 * @param {string} name
 * @param {string} text
 */
async function lock({ root, say }, name, text) {
  const file = `build/${name}.lock`;
  writeFileSync(join(root, `${file}.new`), `# Made by: node scripts/lock.mjs\n${text}`);
  renameSync(join(root, `${file}.new`), join(root, file));
  say(`${file}: ${text.match(/^[a-z0-9]/gm)?.length} pins`);
}
