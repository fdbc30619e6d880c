/** The older CachiBot is installed for the one test that runs it, and for no other command. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { findMissingPackages } from '../../../scripts/setup/system.mjs';
import { Clone } from '../../drivers/clone';

const TEST = 'real/conversation/older-folder';

/** A clone on a machine that has the programs of the tests. */
function cloneWithPrograms(): Clone {
  const clone = new Clone();
  vi.stubEnv('PATH', '');
  for (const { provides } of findMissingPackages({ tests: true })) clone.addProgram(provides);
  vi.unstubAllEnvs();
  return clone;
}

const called = (calls: string[]) => ({
  installed: calls.some(call => call.startsWith('uv pip sync') && call.endsWith('requirements-older.lock')),
  vitest: calls.flatMap(call => /^vitest run --project (\w+)/.exec(call)?.[1] ?? []),
});

// The fake tools are shell scripts, and the test of the older CachiBot needs Linux.
it.for<[string, string[], boolean]>([
  ['all tests of the unpacked app', ['--suite', 'real'], true],
  ['its test', [TEST], true],
  ['tests with a word in the path of its test', ['./test/real/conversation/'], true],
  ['other tests of the unpacked app', ['real/window'], false],
  ['a unit test', ['--suite', 'unit'], false],
])('is installed for %s: $2', { tags: 'linux' }, async ([_, args, installed]) => {
  expect(existsSync(join(__dirname, '..', '..', `${TEST}.test.ts`))).toBe(true);
  const clone = cloneWithPrograms();
  await clone.run('test.mjs', args);
  expect(called(clone.calls()).installed).toBe(installed);
});

it('fails no other test if it cannot be installed', { tags: 'linux' }, async () => {
  const clone = cloneWithPrograms();
  const fails = `uv pip sync --python ${clone.root}/.setup/python-older`;
  const { stdout } = await clone.run('test.mjs', ['--suite', 'real'], { FAKE_FAILS: fails, FAKE_SAYS: 'dns error' });
  expect(stdout).toContain('An older CachiBot for tests: no network.');
  expect(called(clone.calls()).vitest).toEqual(['real']);
});
