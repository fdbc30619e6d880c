// @ts-check
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, namesIn } from './step.mjs';
import { runTool } from './tool.mjs';

/** @typedef {import('./tool.mjs').Work} Work */

/**
 * The shell in JavaScript, in out/.
 * @param {string} root
 * @returns {import('./step.mjs').Step<{ names: string }>}
 */
export function shellBuild(root) {
  return {
    name: 'build',
    title: 'Build of the shell',
    takes: 'about 2 s',
    inputs: () =>
      hashOf(root, {
        files: ['desktop', 'tsconfig.json', 'package-lock.json'],
        only: /\.(ts|json)$|^desktop.pages/, // the server's half lies there too and needs no build
      }),
    isThere: made => existsSync(join(root, 'out', 'main.js')) && namesIn(join(root, 'out')) === made.names,
    async make(work) {
      await compile(work);
      return { names: namesIn(join(root, 'out')) };
    },
  };
}

/**
 * Compiles desktop/ into out/ and puts the shell's own pages beside it.
 * @param {Work} work
 */
export async function compile(work) {
  const out = join(work.root, 'out');
  // Beside it and then in its place: a shell that runs keeps its files when the new ones do not compile, and no file
  // of a source that is gone stays.
  const fresh = `${out}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const project = ['-p', 'desktop/tsconfig.json', '--outDir', fresh, '--pretty', 'false'];
  await runTool(work, process.execPath, [compilerOf(work.root), ...project]);
  cpSync(join(work.root, 'desktop', 'pages'), join(fresh, 'pages'), { recursive: true });
  rmSync(out, { recursive: true, force: true });
  renameSync(fresh, out);
}

/** @param {string} root */
export function compilerOf(root) {
  return join(root, 'node_modules', 'typescript', 'bin', 'tsc');
}
