// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf } from './step.mjs';
import { runNpm } from './tool.mjs';

/**
 * @param {string} root
 * @returns {import('./step.mjs').Step<{}>}
 */
export function nodePackages(root) {
  return {
    name: 'node-packages',
    title: 'Node packages',
    takes: 'about 10 s',
    inputs: () =>
      hashOf(root, { files: ['package-lock.json'], words: [process.platform, process.arch, process.versions.modules] }),
    // npm writes this file as the last thing of an installation.
    isThere: () => existsSync(join(root, 'node_modules', '.package-lock.json')),
    async make(work) {
      await runNpm(work, ['ci']);
      return {};
    },
  };
}
