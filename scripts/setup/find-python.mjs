// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';

/**
 * Returns the real path of an interpreter of this version. Runs every candidate, because a shim of a version manager
 * can exist and fail.
 * @param {string} version such as 3.12
 * @returns {string | undefined}
 */
export function findPython(version) {
  const found = candidates(version)
    .map(([command, ...args]) => inspectPython(command ?? '', args))
    .find(python => python?.version === version);
  return found?.path;
}

/**
 * Returns the path of any Python 3, which is enough to run pip.
 * @returns {string | undefined}
 */
export function findAnyPython() {
  const found = [['python3'], ['python'], ['py', '-3']].map(([command, ...args]) => inspectPython(command ?? '', args));
  return found.find(python => python?.version.startsWith('3.'))?.path;
}

/**
 * @param {string} version
 * @returns {string[][]} commands to try, in this order
 */
function candidates(version) {
  const fromPyenv = pyenvRoots()
    .map(root => join(root, 'versions'))
    .filter(existsSync)
    .flatMap(versions =>
      readdirSync(versions)
        .filter(name => name.startsWith(`${version}.`))
        .sort((a, b) => Number(b.split('.')[2]) - Number(a.split('.')[2]))
        .map(name => [join(versions, name, 'bin', 'python')]),
    );
  const onPath = [[`python${version}`], ['python3'], ['python']];
  return process.platform === 'win32' ? [['py', `-${version}`], ['python']] : [...onPath, ...fromPyenv];
}

/** Folders of pyenv. Its shims on PATH also name the folder, in case HOME differs. */
function pyenvRoots() {
  const shims = (process.env['PATH'] ?? '').split(delimiter).filter(folder => basename(folder) === 'shims');
  const roots = [process.env['PYENV_ROOT'], join(homedir(), '.pyenv'), ...shims.map(dirname)];
  return [...new Set(roots.filter(root => root !== undefined))];
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {{ version: string, path: string } | undefined} undefined if it is missing or fails
 */
function inspectPython(command, args) {
  const script = 'import sys; print("%d.%d" % sys.version_info[:2]); print(sys.executable)';
  const { status, stdout } = spawnSync(command, [...args, '-c', script], { encoding: 'utf8', windowsHide: true });
  if (status !== 0) return undefined;
  const [version = '', path = ''] = stdout.trim().split(/\r?\n/);
  return path === '' ? undefined : { version, path };
}
