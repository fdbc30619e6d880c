// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** @typedef {import('./tool.mjs').Work} Work */

/**
 * A step of the set-up. It is done if its stamp has the current hash of its inputs, and its output still exists.
 * @template {object} Made output that other steps need, such as paths; saved in the stamp
 * @typedef {object} Step
 * @property {string} name of its stamp file
 * @property {string} title printed for the user
 * @property {string} takes printed for the user: duration and size of the download
 * @property {() => string} inputs returns a hash of everything that affects the output
 * @property {(made: Made) => boolean} isPresent checks in a few milliseconds that the output exists
 * @property {(work: Work, wasComplete: boolean) => Promise<Made>} run `wasComplete`: an earlier run finished, so
 *   its output is complete but outdated. Otherwise the output may be partial and must be deleted first.
 */

/**
 * Returns the output of a step that is done, else undefined.
 * @template {object} Made
 * @param {string} root
 * @param {Step<Made>} step
 * @returns {Made | undefined}
 */
export function currentOutput(root, step) {
  const stamp = readStamp(root, step);
  if (stamp === undefined || stamp.inputs !== step.inputs() || !step.isPresent(stamp.made)) return undefined;
  return stamp.made;
}

/**
 * Runs a step. Writes its stamp last, so that an interrupted step has no stamp.
 * @template {object} Made
 * @param {Work} work
 * @param {Step<Made>} step
 * @returns {Promise<Made>}
 */
export async function runStep(work, step) {
  const before = readStamp(work.root, step);
  const file = stampFile(work.root, step);
  rmSync(file, { force: true });
  // Hash the inputs first, so that the next set-up notices edits made while this step runs.
  const inputs = step.inputs();
  const made = await step.run(work, before !== undefined && step.isPresent(before.made));
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
    return undefined; // missing, or truncated by a full disk: the step is not done
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
 * Returns a hash of files (names and contents) and words, in hex.
 * @param {string} root
 * @param {{ files?: string[], words?: string[], only?: RegExp }} inputs `files`: paths relative to root; a folder
 *   stands for all files in it. `only`: pattern that paths must match
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
 * @returns {string[]} paths relative to root, sorted; empty if `name` does not exist
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
 * Returns a hash of the names in a folder. It takes a millisecond and changes if an entry is added or removed.
 * @param {string} folder
 */
export function namesHash(folder) {
  if (!existsSync(folder)) return '';
  const names = readdirSync(folder).filter(name => name !== '__pycache__');
  return createHash('sha256').update(names.sort().join('\n')).digest('hex');
}
