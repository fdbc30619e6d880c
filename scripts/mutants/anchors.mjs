// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {import('./breakages.mjs').Breakage} Breakage */

const SOURCE = /\.(ts|mjs|py)$/;

/**
 * Returns the files in which the pattern of a breakage matches, once for each match. A breakage does not name its file,
 * so that files can be renamed and moved.
 * @param {string} root
 * @param {Pick<Breakage, 'folder' | 'pattern'>} breakage
 * @returns {string[]} paths relative to root
 */
export function filesToBreak(root, { folder, pattern }) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => SOURCE.test(name) && !name.startsWith('mutants'))
    .map(name => join(folder, name))
    .flatMap(file => [...readFileSync(join(root, file), 'utf8').matchAll(withGlobalFlag(pattern))].map(() => file));
}

/** @param {RegExp} pattern */
function withGlobalFlag(pattern) {
  return new RegExp(pattern.source, `g${pattern.flags}`);
}
