/** The Python of releases: one version on every system, checked by its hash, and refused if it is another. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { INSPECTION, pythonComponent, pythonProblem } from '../../../scripts/backend/frozen-python.mjs';
import { findAnyPython } from '../../../scripts/setup/find-python.mjs';
import { findUv } from '../../../scripts/setup/find-uv.mjs';
import { interpreter, RELEASE_PYTHON } from '../../../scripts/setup/python.mjs';
import { Clone } from '../../drivers/clone';

const root = join(__dirname, '..', '..', '..');

/** Creates a frozen server with this bill of materials, or none. */
function server(...components: object[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-server-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  if (components.length > 0) writeFileSync(join(folder, 'sbom.cdx.json'), JSON.stringify({ components }));
  return folder;
}

describe('a frozen server', () => {
  it.each<[string, { version: string; standalone: boolean } | undefined, string | undefined]>([
    ['has the Python of releases', { version: RELEASE_PYTHON, standalone: true }, undefined],
    ['has an older one', { version: '3.12.10', standalone: true }, `Python 3.12.10 instead of ${RELEASE_PYTHON}`],
    [
      'has the machine’s one',
      { version: RELEASE_PYTHON, standalone: false },
      `Python ${RELEASE_PYTHON} of the machine instead of ${RELEASE_PYTHON}`,
    ],
    ['does not say which it has', undefined, `an unknown Python instead of ${RELEASE_PYTHON}`],
  ])('%s', (_, python, problem) => {
    const library = { name: 'fastapi', type: 'library', version: '1' };
    expect(pythonProblem(python ? server(library, pythonComponent(python)) : server())).toBe(problem);
  });

  it('says which Python of this machine it was frozen with', () => {
    const python = interpreter(root, 'python');
    const version = execFileSync(python, ['-c', 'import platform; print(platform.python_version())'], {
      encoding: 'utf8',
    }).trim();
    const inspected = JSON.parse(execFileSync(python, ['-c', INSPECTION], { encoding: 'utf8' }));
    expect(inspected.version).toBe(version);
    const problem = pythonProblem(server(pythonComponent(inspected)));
    if (version !== RELEASE_PYTHON) expect(problem).toContain(`Python ${version}`);
  });
});

it('is in the list of downloads of the pinned uv for every system of a release', async () => {
  const logFile = join(server(), 'log');
  const uv = await findUv({ root, title: 'uv', logFile, say: console.log }, findAnyPython(), { exact: true });
  const options = ['--only-downloads', '--all-platforms', '--all-arches', '--all-versions', '--offline'];
  const list = execFileSync(uv, ['python', 'list', ...options, '--output-format', 'json', RELEASE_PYTHON], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const found = (JSON.parse(list) as { key: string; url: string }[]).map(({ key }) => key);
  for (const system of ['linux-x86_64-gnu', 'windows-x86_64-none', 'macos-x86_64-none', 'macos-aarch64-none'])
    expect(found).toContain(`cpython-${RELEASE_PYTHON}-${system}`);
});

it('is used in every job of every workflow', () => {
  for (const name of ['ci.yml', 'release.yml', 'mutants.yml', 'windows-server.yml']) {
    const workflow = parse(readFileSync(join(root, '.github', 'workflows', name), 'utf8'));
    expect(workflow.env, name).toMatchObject({ CACHIBOT_DESKTOP_PYTHON: 'release' });
  }
});

describe('with fake tools', { tags: 'posix' }, () => {
  const RELEASE = { CACHIBOT_DESKTOP_PYTHON: 'release' };
  const environments = (clone: Clone) => clone.calls().filter(line => line.startsWith('uv venv'));

  it('replaces an environment with a Python of the machine, and is not downloaded again', async () => {
    const clone = new Clone();
    expect((await clone.run('start.mjs')).code).toBe(0);
    expect(environments(clone)).toEqual([expect.not.stringContaining('--managed-python')]);
    const { code, stderr, stdout } = await clone.run('start.mjs', [], RELEASE);
    expect(code, stderr.join('\n') + stdout).toBe(0);
    expect(environments(clone)).toEqual([
      expect.stringContaining(`--managed-python --python ${RELEASE_PYTHON} ${clone.root}/.setup/python`),
    ]);
    expect((await clone.run('start.mjs', [], RELEASE)).code).toBe(0);
    expect(environments(clone)).toEqual([]);
  });
});
