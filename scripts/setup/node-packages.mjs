// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf } from './step.mjs';
import { runNpm } from './tool.mjs';

/**
 * The set-up step that installs the packages of the app and of its scripts.
 * @param {string} root
 */
export function nodePackages(root) {
  return packagesIn(root, '', { name: 'node-packages', title: 'Node packages', takes: 'about 10 s' });
}

/**
 * The set-up step that installs the packages of `npm run mutants`; no other command needs them.
 * @param {string} root
 */
export function mutationPackages(root) {
  const folder = join('test', 'mutation');
  return packagesIn(root, folder, { name: 'mutation-packages', title: 'Mutation testing', takes: 'about 10 s' });
}

/**
 * @param {string} root
 * @param {string} folder contains the package-lock.json; relative to root
 * @param {{ name: string, title: string, takes: string }} description
 * @returns {import('./step.mjs').Step<{}>}
 */
function packagesIn(root, folder, description) {
  return {
    ...description,
    inputs: () =>
      hashOf(root, {
        files: [join(folder, 'package-lock.json')],
        words: [process.platform, process.arch, process.versions.modules],
      }),
    // npm writes this file at the end of an installation.
    isPresent: () => existsSync(join(root, folder, 'node_modules', '.package-lock.json')),
    async run(work) {
      await runNpm(work, ['ci'], { cwd: join(root, folder) });
      return {};
    },
  };
}
