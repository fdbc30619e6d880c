// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findAnyPython } from './find-python.mjs';
import { runTool } from './tool.mjs';
import { UserError } from './user-error.mjs';

/** @typedef {import('./tool.mjs').Work} Work */

/**
 * uv: the one on PATH when it is new enough, else the pinned one in a folder of the clone, installed by pip and
 * checked against its hash.
 * @param {Work} work
 * @param {string | undefined} python an interpreter that may have pip
 * @returns {Promise<string>}
 */
export async function findUv(work, python) {
  const pinned = pinnedVersion(work.root);
  if (isAtLeast(versionOf('uv'), pinned)) return 'uv';
  const folder = join(work.root, '.setup', 'uv');
  const own = join(folder, 'bin', process.platform === 'win32' ? 'uv.exe' : 'uv');
  if (versionOf(own) === pinned) return own;
  rmSync(folder, { recursive: true, force: true });
  const pip = await findPip(work, python ?? findAnyPython());
  const quiet = ['--disable-pip-version-check', '--no-input', '--retries', '2'];
  const exactly = ['--require-hashes', '--only-binary', ':all:', '-r', 'build/uv.txt'];
  await runTool(work, pip, ['-m', 'pip', 'install', ...quiet, '--target', folder, ...exactly]);
  return own;
}

/**
 * An interpreter with pip: the given one, or a private environment made from it.
 * @param {Work} work
 * @param {string | undefined} python
 * @returns {Promise<string>}
 */
async function findPip(work, python) {
  if (python === undefined) throw new UserError('There is no Python here.', howToGetPython());
  if (spawnSync(python, ['-m', 'pip', '--version']).status === 0) return python;
  const folder = join(work.root, '.setup', 'pip');
  try {
    await runTool(work, python, ['-m', 'venv', '--clear', folder]);
  } catch {
    throw new UserError(`${python} has neither pip nor venv.`, howToGetPython());
  }
  return join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
}

function howToGetPython() {
  if (process.platform === 'darwin') return 'Run: brew install python@3.12';
  if (process.platform === 'win32') return 'Run: winget install Python.Python.3.12';
  return existsSync('/usr/bin/apt-get')
    ? 'Run: sudo apt-get install -y python3 python3-venv'
    : 'Install Python 3.12 with its pip from your package manager.';
}

/** @param {string} root */
function pinnedVersion(root) {
  return /^uv==([\d.]+)/m.exec(readFileSync(join(root, 'build', 'uv.txt'), 'utf8'))?.[1] ?? '';
}

/**
 * @param {string} command
 * @returns {string} empty when there is none or it does not work
 */
function versionOf(command) {
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', windowsHide: true });
  return /^uv ([\d.]+)/.exec(stdout ?? '')?.[1] ?? '';
}

/**
 * @param {string} has
 * @param {string} wants
 */
export function isAtLeast(has, wants) {
  const [a, b] = [has, wants].map(version => version.split('.').map(Number));
  for (const [index, want] of (b ?? []).entries()) {
    const difference = (a?.[index] ?? 0) - want;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
