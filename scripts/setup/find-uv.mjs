// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findAnyPython } from './find-python.mjs';
import { runTool } from './tool.mjs';
import { UserError } from './user-error.mjs';

/** @typedef {import('./tool.mjs').Work} Work */

/**
 * Returns the path of uv: from PATH if it is new enough, else the pinned version, which pip installs into .setup/uv
 * and checks against its hash.
 * @param {Work} work
 * @param {string | undefined} python an interpreter that may have pip
 * @param {{ exact?: boolean }} [options] `exact`: only the pinned version, which contains the hashes of Python
 * @returns {Promise<string>}
 */
export async function findUv(work, python, { exact = false } = {}) {
  const pinned = pinnedVersion(work.root);
  if (!exact && isAtLeast(versionOf('uv'), pinned)) return 'uv';
  const folder = join(work.root, '.setup', 'uv');
  const own = join(folder, 'bin', process.platform === 'win32' ? 'uv.exe' : 'uv');
  if (versionOf(own) === pinned) return own;
  rmSync(folder, { recursive: true, force: true });
  const pip = await findPip(work, python ?? findAnyPython());
  const quiet = ['--disable-pip-version-check', '--no-input', '--retries', '2'];
  const pinnedOnly = ['--require-hashes', '--only-binary', ':all:', '-r', 'build/uv.txt'];
  await runTool(work, pip, ['-m', 'pip', 'install', ...quiet, '--target', folder, ...pinnedOnly]);
  return own;
}

/**
 * Returns an interpreter that has pip: `python` itself, or a virtual environment created from it.
 * @param {Work} work
 * @param {string | undefined} python
 * @returns {Promise<string>}
 */
async function findPip(work, python) {
  if (python === undefined) throw new UserError('Python is not installed.', pythonInstallHint());
  if (spawnSync(python, ['-m', 'pip', '--version']).status === 0) return python;
  const folder = join(work.root, '.setup', 'pip');
  try {
    await runTool(work, python, ['-m', 'venv', '--clear', folder]);
  } catch {
    throw new UserError(`${python} has neither pip nor venv.`, pythonInstallHint());
  }
  return join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
}

function pythonInstallHint() {
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
 * @returns {string} empty if the command is missing or fails
 */
function versionOf(command) {
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', windowsHide: true });
  return /^uv ([\d.]+)/.exec(stdout ?? '')?.[1] ?? '';
}

/**
 * Whether version `actual` is `minimum` or newer.
 * @param {string} actual
 * @param {string} minimum
 */
export function isAtLeast(actual, minimum) {
  const [a, b] = [actual, minimum].map(version => version.split('.').map(Number));
  for (const [index, number] of (b ?? []).entries()) {
    const difference = (a?.[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
