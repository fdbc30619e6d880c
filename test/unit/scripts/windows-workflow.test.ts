/** The jobs of the nightly workflow that test the server and the installer for Windows. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { WINDOWS_PARTS } from '../../../scripts/testing/windows-suite.mjs';

const ROOT = join(__dirname, '..', '..', '..');

interface Workflow {
  jobs: {
    plain: {
      strategy: { matrix: { include: { tests: string }[] } };
      steps: { run?: string; env?: Record<string, string> }[];
    };
  };
}

const text = readFileSync(join(ROOT, '.github', 'workflows', 'windows-server.yml'), 'utf8');
const { strategy, steps } = (parse(text) as Workflow).jobs.plain;

it('run every test of the server once', () => {
  const found = readdirSync(join(ROOT, 'test', 'python'), { withFileTypes: true });
  const withTests = found
    .filter(entry => (entry.isDirectory() ? entry.name !== '__pycache__' : /^test_.*\.py$/.test(entry.name)))
    .map(entry => `test/python/${entry.name}`);
  expect(strategy.matrix.include.flatMap(({ tests }) => tests.split(' ')).sort()).toEqual(withTests.sort());
});

it('pass the tests of their part to the command', () => {
  expect(steps.filter(({ run }) => run !== undefined)).toEqual([
    // Without quotes, so that bash makes a word of each path.
    {
      env: { TESTS: '$' + '{{ matrix.tests }}' },
      run: 'sudo --preserve-env env "PATH=$PATH" npm run windows-test -- plain $TESTS',
    },
  ]);
});

it('run every part of the suite', () => {
  const parts = [...text.matchAll(/npm run windows-test -- ([a-z -]*[a-z])/g)].flatMap(([, words = '']) =>
    words.split(' '),
  );
  expect(parts.sort()).toEqual([...WINDOWS_PARTS].sort());
});
