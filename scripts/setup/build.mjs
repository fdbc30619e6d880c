// @ts-check
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { hashOf, namesHash } from './step.mjs';
import { runTool } from './tool.mjs';

/** @typedef {import('./tool.mjs').Work} Work */

const SHELL_CONFIG = join('scripts', 'setup', 'shell.rolldown.mjs');

/**
 * The set-up step that compiles the shell into out/.
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
        files: ['desktop', 'tsconfig.json', 'package-lock.json', SHELL_CONFIG],
        only: /\.(ts|json|mjs)$|^desktop.pages/, // desktop/ also contains the Python half, which needs no build
      }),
    isPresent: made => existsSync(join(root, 'out', 'main.js')) && namesHash(join(root, 'out')) === made.names,
    async run(work) {
      await compile(work);
      return { names: namesHash(join(root, 'out')) };
    },
  };
}

/**
 * Compiles desktop/ into out/ and copies the shell's pages there. Throws a UserError if it does not compile.
 * @param {Work} work
 */
export async function compile(work) {
  const out = join(work.root, 'out');
  // Compile into another folder, then replace out/: if compilation fails, a running shell still has its files, and the
  // output of deleted sources does not remain.
  const fresh = `${out}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const project = ['-p', 'desktop/tsconfig.json', '--outDir', fresh, '--pretty', 'false'];
  await runTool(work, process.execPath, [compilerOf(work.root), ...project]);
  await bundlePreload(work, fresh);
  await bundleShell(work, fresh);
  cpSync(join(work.root, 'desktop', 'pages'), join(fresh, 'pages'), { recursive: true });
  rmSync(out, { recursive: true, force: true });
  renameSync(fresh, out);
}

/**
 * Replaces the compiled folder preload/ by one file, because a sandboxed preload script cannot load files.
 * @param {Work} work
 * @param {string} out
 */
async function bundlePreload(work, out) {
  const [source, file] = [join('desktop', 'preload', 'preload.ts'), join(out, 'preload.js')];
  await bundle(work, [source, '--format', 'cjs', '--external', 'electron', '--file', file]);
  rmSync(join(out, 'preload'), { recursive: true, force: true });
}

/**
 * Joins the compiled modules of the main process in five files, because it takes time from the start to find and read
 * 160. A module still runs when it is first required.
 * @param {Work} work
 * @param {string} out
 */
async function bundleShell(work, out) {
  await bundle(work, ['--config', SHELL_CONFIG, '--dir', relative(work.root, out)]);
}

/** @param {Work} work @param {string[]} options */
async function bundle(work, options) {
  const bundler = join(work.root, 'node_modules', 'rolldown', 'bin', 'cli.mjs');
  await runTool(work, process.execPath, [bundler, ...options]);
}

/** @param {string} root */
export function compilerOf(root) {
  return join(root, 'node_modules', 'typescript', 'bin', 'tsc');
}
