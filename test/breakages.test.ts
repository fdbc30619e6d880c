import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BREAKAGES } from '../scripts/mutants/breakages.mjs';

const root = join(__dirname, '..');

// `npm run mutants` takes minutes; that its list still fits the code is known at once.
it.each(BREAKAGES)('the code can still be broken so that $name', ({ file, from, to, tests }) => {
  expect(readFileSync(join(root, file), 'utf8').split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
  expect(existsSync(join(root, tests[0] ?? ''))).toBe(true);
});
