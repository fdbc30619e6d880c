/** In CI, a test of the server that fails runs again; a run that was ended does not. */

import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { interpreter } from '../../../scripts/setup/python.mjs';
import { runPytest } from '../../../scripts/testing/runners.mjs';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

const ROOT = join(__dirname, '..', '..', '..');
/** Windows starts the workers much more slowly. */
const STALL_SECONDS = process.platform === 'win32' ? 45 : 12;

/** A test that fails when it runs for the first time. */
const UNRELIABLE = `
from pathlib import Path
def test_unreliable():
    ran = Path(__file__).with_name("ran")
    before = ran.exists()
    ran.touch()
    assert before
`;
const NEVER_ENDS = 'import time\ndef test_first(): pass\ndef test_never_ends(): time.sleep(600)\n';

const printed = vi.spyOn(console, 'log');
beforeEach(() => void printed.mockReset().mockImplementation(() => {}));

/** Runs a test file as CI does. @returns the results, and the names of the results files: one of each run */
async function run(test: string, stallSeconds?: number, more: string[] = []) {
  const root = createTemporaryFolder();
  const output = join(root, 'output');
  mkdirSync(output);
  for (const file of ['conftest.py', 'python/systems.py', 'python/stall_limit.py'])
    copyFileSync(join(ROOT, 'test', file), join(root, file.replace('python/', '')));
  writeFileSync(join(root, 'test_a.py'), test);
  const limit = stallSeconds === undefined ? {} : { stallSeconds };
  const testRun = { root, output, env: process.env, retry: true, show: 'later' as const, ...limit };
  const found = await runPytest(testRun, interpreter(ROOT, 'python-dev'), ['--rootdir', root, ...more, 'test_a.py']);
  return { found, files: readdirSync(output) };
}

it('runs only the failed tests again, and names those that then pass', async () => {
  const { found, files } = await run(`${UNRELIABLE}\ndef test_good(): pass\n`);
  expect(files.sort()).toEqual(['pytest-python-again.json', 'pytest-python.json']);
  expect(found).toMatchObject({ passed: 2, failed: [], retried: ['test_a.py::test_unreliable'] });
});

const slow = { tags: 'left-to-ci', timeout: 240_000 };
it('does not run the tests again after a run that was ended, and names the unfinished ones at once', slow, async () => {
  const { found, files } = await run(NEVER_ENDS, STALL_SECONDS);
  expect(files).toEqual(['pytest-python.json']);
  expect(found.failed.map(({ name }) => name)).toEqual(['test_a.py::test_never_ends']);
  expect(printed.mock.calls.join('\n')).toMatch(/These tests have not finished: .*\n.*::test_never_ends/);
});

it('does not run the tests again if the run has written no results', async () => {
  const { found, files } = await run('', undefined, ['--no-such-option']);
  expect(files).toEqual([]);
  expect(printed).toHaveBeenCalledOnce();
  expect(found.failed).toEqual([{ name: 'pytest', detail: 'exited with code 4: see its output above' }]);
});
