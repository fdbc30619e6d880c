/** The jobs of the nightly workflow that test the plain server for Windows. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(__dirname, '..', '..', '..');

interface Workflow {
  jobs: { plain: { strategy: { matrix: { include: { tests: string }[] } } } };
}

it('run every test of the server once', () => {
  const text = readFileSync(join(ROOT, '.github', 'workflows', 'windows-server.yml'), 'utf8');
  const { include } = (parse(text) as Workflow).jobs.plain.strategy.matrix;
  const found = readdirSync(join(ROOT, 'test', 'python'), { withFileTypes: true });
  const withTests = found
    .filter(entry => (entry.isDirectory() ? entry.name !== '__pycache__' : /^test_.*\.py$/.test(entry.name)))
    .map(entry => `test/python/${entry.name}`);
  expect(include.flatMap(({ tests }) => tests.split(' ')).sort()).toEqual(withTests.sort());
});
