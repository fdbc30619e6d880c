// @ts-check
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { hashOf, namesHash } from './step.mjs';
import { runTool } from './tool.mjs';

/** @typedef {import('./tool.mjs').Work} Work */

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
        files: ['desktop', 'tsconfig.json', 'package-lock.json'],
        only: /\.(ts|json)$|^desktop.pages/, // desktop/ also contains the Python half, which needs no build
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
  await bundle(work, join('desktop', 'preload', 'preload.ts'), join(out, 'preload.js'), ['electron']);
  rmSync(join(out, 'preload'), { recursive: true, force: true });
}

/** Modules that Electron contains, and the packages of the app. */
const NOT_BUNDLED = [
  'electron',
  'original-fs',
  'electron-updater',
  'electron-updater/out/providers/Provider',
  'tree-kill',
];

/**
 * Joins the compiled modules of the main process in one file, because it takes time from the start to find and read 160
 * files. A module still runs when it is first required.
 * @param {Work} work
 * @param {string} out
 */
async function bundleShell(work, out) {
  const main = relative(work.root, join(out, 'main.js'));
  await bundle(work, main, join(out, 'shell.js'), NOT_BUNDLED, ['--platform', 'node', '--no-comments']);
}

/**
 * @param {Work} work
 * @param {string} source relative to the clone
 * @param {string} file
 * @param {readonly string[]} external modules that are loaded at run time
 * @param {readonly string[]} [options]
 */
async function bundle(work, source, file, external, options = []) {
  const bundler = join(work.root, 'node_modules', 'rolldown', 'bin', 'cli.mjs');
  const externals = external.flatMap(name => ['--external', name]);
  await runTool(work, process.execPath, [bundler, source, '--format', 'cjs', ...externals, ...options, '--file', file]);
}

/** @param {string} root */
export function compilerOf(root) {
  return join(root, 'node_modules', 'typescript', 'bin', 'tsc');
}
