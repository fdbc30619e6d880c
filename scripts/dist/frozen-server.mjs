// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';

/**
 * The folder of the frozen server. Throws a UserError when it has not been made.
 * @param {string} root
 * @param {string} [folder] in place of the clone's own
 */
export function frozenServer(root, folder = folderIn(root)) {
  if (isServer(folder)) return folder;
  throw new UserError(`There is no frozen server in ${folder}.`, 'Build it first: npm run backend');
}

/**
 * @param {string} root
 */
export function hasServer(root) {
  return isServer(folderIn(root));
}

/**
 * @param {string} root
 */
function folderIn(root) {
  return join(root, 'resources', 'backend');
}

/**
 * @param {string} folder
 */
function isServer(folder) {
  return existsSync(join(folder, 'manifest.json'));
}
