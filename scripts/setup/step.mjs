// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** @typedef {import('./tool.mjs').Work} Work */

/**
 * One part of the set-up. It is done when its stamp names the very inputs of now and what it made is still there.
 * @template {object} Made what later parts want to know of it, kept in the stamp
 * @typedef {object} Step
 * @property {string} name of its stamp
 * @property {string} title what the user reads
 * @property {string} takes what it takes long for and how long
 * @property {() => string} inputs a hash of all that decides its outcome
 * @property {(made: Made) => boolean} isThere a look, in a few milliseconds, at what was made
 * @property {(work: Work, finishedBefore: boolean) => Promise<Made>} make `finishedBefore`: an earlier run came to
 *   its end, so what lies there is whole although out of date. Otherwise it may be half-made: begin from nothing.
 */

/**
 * What the step made, when it is up to date.
 * @template {object} Made
 * @param {string} root
 * @param {Step<Made>} step
 * @returns {Made | undefined}
 */
export function whatStands(root, step) {
  const stamp = readStamp(root, step);
  if (stamp === undefined || stamp.inputs !== step.inputs() || !step.isThere(stamp.made)) return undefined;
  return stamp.made;
}

/**
 * Makes the step and then, only then, its stamp. An interruption anywhere leaves no stamp.
 * @template {object} Made
 * @param {Work} work
 * @param {Step<Made>} step
 * @returns {Promise<Made>}
 */
export async function make(work, step) {
  const before = readStamp(work.root, step);
  const file = stampFile(work.root, step);
  rmSync(file, { force: true });
  // Taken before the work, so that an edit made meanwhile is noticed at the next start.
  const inputs = step.inputs();
  const made = await step.make(work, before !== undefined && step.isThere(before.made));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify({ inputs, made }, undefined, 2));
  renameSync(`${file}.new`, file);
  return made;
}

/**
 * @template {object} Made
 * @param {string} root
 * @param {Step<Made>} step
 * @returns {{ inputs: string, made: Made } | undefined}
 */
function readStamp(root, step) {
  try {
    return JSON.parse(readFileSync(stampFile(root, step), 'utf8'));
  } catch {
    return undefined; // none, or cut off by a full disk: both mean "not done"
  }
}

/**
 * @param {string} root
 * @param {{ name: string }} step
 */
function stampFile(root, step) {
  return join(root, '.setup', 'stamps', `${step.name}.json`);
}

/**
 * A hash over files (with their names), whole folders and plain words.
 * @param {string} root
 * @param {{ files?: string[], words?: string[], only?: RegExp }} of paths relative to root; a folder stands for all
 *   in it whose names match `only`
 */
export function hashOf(root, { files = [], words = [], only = /./ }) {
  const hash = createHash('sha256');
  for (const word of words) hash.update(`${word}\0`);
  for (const file of files.flatMap(name => filesIn(root, name)).filter(name => only.test(name)))
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} name
 * @returns {string[]} paths relative to root, sorted; empty when there is nothing of that name
 */
function filesIn(root, name) {
  const path = join(root, name);
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [name];
  const entries = readdirSync(path, { withFileTypes: true }).filter(entry => entry.name !== '__pycache__');
  return entries
    .flatMap(entry => {
      const inner = relative(root, join(path, entry.name));
      return entry.isDirectory() ? filesIn(root, inner) : [inner];
    })
    .sort();
}

/**
 * A fingerprint of the names in a folder: tells in a millisecond that something was taken away or added.
 * @param {string} folder
 */
export function namesIn(folder) {
  if (!existsSync(folder)) return '';
  const names = readdirSync(folder).filter(name => name !== '__pycache__');
  return createHash('sha256').update(names.sort().join('\n')).digest('hex');
}
