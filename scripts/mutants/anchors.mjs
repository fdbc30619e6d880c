// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {import('./breakages.mjs').Breakage} Breakage */

const SOURCE = /\.(ts|mjs|py)$/;

/**
 * Every file in which a breakage's pattern matches, once for each match. A breakage names no file, so that one can be
 * renamed or moved.
 * @param {string} root
 * @param {Pick<Breakage, 'folder' | 'pattern'>} breakage
 * @returns {string[]} paths relative to root
 */
export function filesToBreak(root, { folder, pattern }) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => SOURCE.test(name) && !name.startsWith('mutants'))
    .map(name => join(folder, name))
    .flatMap(file => [...readFileSync(join(root, file), 'utf8').matchAll(everywhere(pattern))].map(() => file));
}

/** @param {RegExp} pattern */
function everywhere(pattern) {
  return new RegExp(pattern.source, `g${pattern.flags}`);
}
