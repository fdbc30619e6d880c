// @ts-check
// A proposal of newer pins: a copy of the clone that has them, and a record of whether it passed the tests.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath } from '../setup/cache.mjs';
import { hashOf } from '../setup/step.mjs';
import { UserError } from '../setup/user-error.mjs';
import { LOCKS, lockDifferences, lockedVersions, makeLocks, overridesText, resolveRequirements } from './locks.mjs';
import { nodePinFiles, raiseNodePins } from './node-pins.mjs';
import { pinsIn, updateOverrides, withLowerBounds } from './overrides.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

/** Build output, and files that belong to this clone only. */
const NOT_COPIED = new Set([
  ...['.git', '.setup', 'node_modules', 'out', 'out.new', 'release', 'test-output'],
  ...['.mypy_cache', '.ruff_cache', '.pytest_cache'],
]);

/**
 * Returns the files that a proposal changes, relative to root.
 * @param {string} root
 */
function pinFiles(root) {
  return ['overrides.txt', ...LOCKS].map(name => join('build', name)).concat(nodePinFiles(root));
}

/**
 * Returns the folder of the proposal. It is outside the clone, because tools search parent folders for their settings.
 * @param {string} root
 */
export function proposalFolder(root) {
  return cachePath(`pins-${hashOf(root, { words: [root] }).slice(0, 12)}`);
}

/**
 * Creates the proposal: copies the clone and generates the copy's lock files with the newest allowed versions. Does not
 * change the clone. Returns the differences, one line each.
 * @param {Work} work
 * @param {string} uv
 * @param {{ date: string, extra: string[] }} options `extra`: packages to add to build/overrides.txt
 */
export async function propose(work, uv, { date, extra }) {
  const { root } = work;
  const copy = proposalFolder(root);
  rmSync(copy, { recursive: true, force: true });
  rmSync(passedFile(root), { force: true });
  mkdirSync(copy, { recursive: true });
  for (const name of readdirSync(root).filter(name => !NOT_COPIED.has(name)))
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: path => path !== join(root, 'resources', 'backend') && !path.endsWith('__pycache__'),
    });

  const inCopy = { ...work, root: copy };
  const text = overridesText(root);
  const file = join(copy, 'build', 'overrides.txt');
  writeFileSync(file, withLowerBounds(text));
  const names = [...pinsIn(text).map(({ name }) => name), ...extra];
  const newest = lockedVersions(await resolveRequirements(inCopy, uv, names, date));
  for (const name of extra)
    if (newest[name] === undefined) throw new UserError(`No package needs ${name}.`, 'See build/requirements.lock.');
  writeFileSync(file, updateOverrides(text, newest, { date, extra }));
  await makeLocks(inCopy, uv);
  const python = LOCKS.flatMap(lock => {
    const lines = lockDifferences(read(root, lock), read(copy, lock));
    return lines.map(line => `${lock === LOCKS[0] ? '' : `${lock}: `}${line}`);
  });
  return [...python, ...(await raiseNodePins(inCopy))];
}

/**
 * Records that the proposal has passed, with hashes of its pins and of the clone's.
 * @param {string} root
 */
export function recordPassed(root) {
  writeFileSync(
    passedFile(root),
    `${JSON.stringify({ clone: pinsHash(root), proposal: pinsHash(proposalFolder(root)) })}\n`,
  );
}

/**
 * Copies the proposed pins into the clone. Throws a UserError if they have not passed, or if pins have changed since.
 * @param {string} root
 * @returns {string[]} the changed files
 */
export function accept(root) {
  if (!existsSync(passedFile(root)))
    throw new UserError('There are no proposed pins that have passed.', 'Create a proposal first: npm run pins');
  const passed = JSON.parse(readFileSync(passedFile(root), 'utf8'));
  if (passed.clone !== pinsHash(root) || passed.proposal !== pinsHash(proposalFolder(root)))
    throw new UserError('The pins have changed since the proposal was tested.', 'Create a new proposal: npm run pins');
  const files = pinFiles(root);
  for (const file of files) copyFileSync(join(proposalFolder(root), file), join(root, file));
  // The copy with its build output has gigabytes.
  rmSync(proposalFolder(root), { recursive: true, force: true });
  rmSync(passedFile(root));
  return files;
}

/** @param {string} root */
function passedFile(root) {
  return join(root, '.setup', 'proposal-passed.json');
}

/**
 * Returns a hash of all files that pins depend on, and of the pins.
 * @param {string} root
 */
function pinsHash(root) {
  return hashOf(root, {
    files: ['build', ...nodePinFiles(root)],
    only: /\.(in|lock)$|overrides\.txt$|package(-lock)?\.json$/,
  });
}

/**
 * @param {string} root
 * @param {string} name
 */
function read(root, name) {
  return readFileSync(join(root, 'build', name), 'utf8');
}
