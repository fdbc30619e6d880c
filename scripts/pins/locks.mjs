// @ts-check
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PYTHON_VERSION } from '../setup/python.mjs';
import { runTool } from '../setup/tool.mjs';
import { dateIn, pinsIn } from './overrides.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

/** Packages that build/overrides.txt does not name are not newer than this: cachibot 0.3.0 is from 2026-03-03. */
const BASE_DATE = '2026-03-20';

const SERVER = 'requirements';
const TOOLS = ['requirements-dev', 'requirements-build', 'requirements-bill'];
const OLDER_CACHIBOT = 'requirements-older';

/** The lock files in build/; the first one is the server's. */
export const LOCKS = [SERVER, ...TOOLS, OLDER_CACHIBOT].map(name => `${name}.lock`);

/**
 * Generates the lock files of the Python half. No package of the server is newer than `BASE_DATE`, except those in
 * build/overrides.txt; no tool is newer than that file.
 * @param {Work} work
 * @param {string} uv
 */
export async function makeLocks(work, uv) {
  const date = dateIn(overridesText(work.root));
  const names = pinsIn(overridesText(work.root)).map(({ name }) => name);
  await lock(work, SERVER, await resolveRequirements(work, uv, names, date));
  for (const name of TOOLS) await lock(work, name, await compile(work, uv, name, ['--exclude-newer', date]));
  const older = ['--exclude-newer', BASE_DATE, '--no-deps'];
  await lock(work, OLDER_CACHIBOT, await compile(work, uv, OLDER_CACHIBOT, older));
}

/**
 * Resolves build/requirements.in with the versions allowed by build/overrides.txt. Returns the text of a lock file.
 * @param {Work} work
 * @param {string} uv
 * @param {string[]} names packages that may be newer than `BASE_DATE`
 * @param {string} date such as 2026-01-31; these packages may be as new as this
 */
export function resolveRequirements(work, uv, names, date) {
  return compile(work, uv, SERVER, [
    ...['--exclude-newer', BASE_DATE, '--constraint', 'build/overrides.txt'],
    ...[...new Set(names)].flatMap(name => ['--exclude-newer-package', `${name}=${date}`]),
  ]);
}

/**
 * Returns the versions in a lock file by name; several if the systems differ.
 * @param {string} text of a lock file
 */
export function lockedVersions(text) {
  /** @type {Record<string, string[]>} */
  const versions = {};
  for (const [, name = '', version = ''] of text.matchAll(/^([a-z0-9-]+)==(\S+)/gm)) {
    versions[name] ??= [];
    versions[name].push(version);
  }
  return versions;
}

/**
 * Returns the differences between two lock files, one line each.
 * @param {string} oldText
 * @param {string} newText
 */
export function lockDifferences(oldText, newText) {
  const [before, after] = [lockedVersions(oldText), lockedVersions(newText)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap(name => {
    const [from, to] = [before[name]?.join(', '), after[name]?.join(', ')];
    return from === to ? [] : [`${name}: ${from ?? 'new'} → ${to ?? 'removed'}`];
  });
}

/**
 * Returns the text of build/overrides.txt.
 * @param {string} root
 */
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
  // For all systems, and without the address of the package index.
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
