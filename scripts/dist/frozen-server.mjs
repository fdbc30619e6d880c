// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';

/**
 * Returns the folder of the frozen server. Throws a UserError if it does not exist.
 * @param {string} root
 * @param {string} [folder] instead of resources/backend
 */
export function frozenServer(root, folder = folderIn(root)) {
  if (isServer(folder)) return folder;
  throw new UserError(`There is no frozen server in ${folder}.`, 'Build it first: npm run backend');
}

/**
 * Whether the clone has a frozen server.
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
