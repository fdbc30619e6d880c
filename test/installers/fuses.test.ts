/**
 * Electron's fuses in the executable that the installers contain.
 * @module-tag linux
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { checkFuses } from '../../scripts/dist/fuses.mjs';

it('the released executable has each fuse in its wanted state', () => {
  const settings = readFileSync(join(__dirname, '..', '..', 'electron-builder.yml'), 'utf8');
  expect(() => checkFuses(inject('installers').executable, parse(settings).electronFuses)).not.toThrow();
});
