// @ts-check
// A proposal of newer pins: a copy of the clone that has them, and a note of what came of trying it.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inCache } from '../setup/cache.mjs';
import { hashOf } from '../setup/step.mjs';
import { UserError } from '../setup/user-error.mjs';
import { differences, makeLocks, overridesText, resolve, versionsIn } from './locks.mjs';
import { nodePinFiles, raiseNodePins } from './node-pins.mjs';
import { lift, loosened, pinsIn } from './overrides.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

/** What is made, or belongs to this clone alone; the copy makes its own. */
const NOT_COPIED = new Set([
  ...['.git', '.setup', 'node_modules', 'out', 'out.new', 'release', 'test-output'],
  ...['.mypy_cache', '.ruff_cache', '.pytest_cache'],
]);
const LOCKS = ['requirements', 'requirements-dev', 'requirements-build', 'requirements-bill'].map(
  name => `${name}.lock`,
);

/**
 * Files that a proposal changes, relative to root.
 * @param {string} root
 */
function pinFiles(root) {
  return ['overrides.txt', ...LOCKS].map(name => join('build', name)).concat(nodePinFiles(root));
}

/**
 * Where the copy of this clone is. Outside of it: tools that look for their settings upwards would find the clone's.
 * @param {string} root
 */
export function proposalOf(root) {
  return inCache(`pins-${hashOf(root, { words: [root] }).slice(0, 12)}`);
}

/**
 * Copies the clone and makes the copy's locks with the newest versions that are allowed. The clone's own stay as they
 * are. Returns what differs, one line each.
 * @param {Work} work
 * @param {string} uv
 * @param {{ date: string, also: string[] }} options `also`: packages that are held back until now
 */
export async function propose(work, uv, { date, also }) {
  const { root } = work;
  const copy = proposalOf(root);
  rmSync(copy, { recursive: true, force: true });
  rmSync(noteOf(root), { force: true });
  mkdirSync(copy, { recursive: true });
  for (const name of readdirSync(root).filter(name => !NOT_COPIED.has(name)))
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: path => path !== join(root, 'resources', 'backend') && !path.endsWith('__pycache__'),
    });

  const inCopy = { ...work, root: copy };
  const text = overridesText(root);
  const file = join(copy, 'build', 'overrides.txt');
  writeFileSync(file, loosened(text));
  const names = [...pinsIn(text).map(({ name }) => name), ...also];
  const newest = versionsIn(await resolve(inCopy, uv, names, date));
  for (const name of also)
    if (newest[name] === undefined) throw new UserError(`No package needs ${name}.`, 'See build/requirements.lock.');
  writeFileSync(file, lift(text, newest, { date, also }));
  await makeLocks(inCopy, uv);
  const python = LOCKS.flatMap(lock => {
    const lines = differences(read(root, lock), read(copy, lock));
    return lines.map(line => `${lock === LOCKS[0] ? '' : `${lock}: `}${line}`);
  });
  return [...python, ...(await raiseNodePins(inCopy))];
}

/**
 * Writes down that the proposal has passed, and against which pins of the clone.
 * @param {string} root
 */
export function notePassed(root) {
  writeFileSync(noteOf(root), `${JSON.stringify({ clone: pinsHash(root), proposal: pinsHash(proposalOf(root)) })}\n`);
}

/**
 * Makes the proposal's pins the clone's. Only those that have passed, and only where nothing has changed since.
 * @param {string} root
 * @returns {string[]} the files
 */
export function accept(root) {
  if (!existsSync(noteOf(root)))
    throw new UserError('There are no proposed pins that have passed.', 'Propose and try them first: npm run pins');
  const note = JSON.parse(readFileSync(noteOf(root), 'utf8'));
  if (note.clone !== pinsHash(root) || note.proposal !== pinsHash(proposalOf(root)))
    throw new UserError(
      'The pins have changed since the proposal was tried.',
      'Propose and try them anew: npm run pins',
    );
  const files = pinFiles(root);
  for (const file of files) copyFileSync(join(proposalOf(root), file), join(root, file));
  // A clone with all that was made in it: gigabytes.
  rmSync(proposalOf(root), { recursive: true, force: true });
  rmSync(noteOf(root));
  return files;
}

/** @param {string} root */
function noteOf(root) {
  return join(root, '.setup', 'proposal-passed.json');
}

/**
 * A hash of all that pins are made from, and of them.
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
