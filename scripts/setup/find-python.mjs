// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';

/**
 * An interpreter of this version on this machine, by its real path. Every candidate is run: a shim of a version
 * manager exists and fails.
 * @param {string} version as 3.12
 * @returns {string | undefined}
 */
export function findPython(version) {
  const found = candidates(version)
    .map(([command, ...args]) => whatIs(command ?? '', args))
    .find(python => python?.version === version);
  return found?.path;
}

/**
 * Any Python 3, good enough to run pip.
 * @returns {string | undefined}
 */
export function findAnyPython() {
  const found = [['python3'], ['python'], ['py', '-3']].map(([command, ...args]) => whatIs(command ?? '', args));
  return found.find(python => python?.version.startsWith('3.'))?.path;
}

/**
 * @param {string} version
 * @returns {string[][]} commands, likely ones first
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

/** Also found when only its shims are on PATH, and another home is set. */
function pyenvRoots() {
  const shims = (process.env['PATH'] ?? '').split(delimiter).filter(folder => basename(folder) === 'shims');
  const roots = [process.env['PYENV_ROOT'], join(homedir(), '.pyenv'), ...shims.map(dirname)];
  return [...new Set(roots.filter(root => root !== undefined))];
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {{ version: string, path: string } | undefined} undefined when it is not there or does not work
 */
function whatIs(command, args) {
  const ask = 'import sys; print("%d.%d" % sys.version_info[:2]); print(sys.executable)';
  const { status, stdout } = spawnSync(command, [...args, '-c', ask], { encoding: 'utf8', windowsHide: true });
  if (status !== 0) return undefined;
  const [version = '', path = ''] = stdout.trim().split(/\r?\n/);
  return path === '' ? undefined : { version, path };
}
