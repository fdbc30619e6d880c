/** The benchmark gives the token to the server of this clone, and to that of an older one. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tokenInOf } from '../../../scripts/bench/server-start.mjs';

it('the server of this clone reads the token from stdin', () =>
  expect(tokenInOf(join(__dirname, '..', '..', '..'))).toBe('stdin'));

it('the server of an older clone reads it from the environment', () => {
  const clone = mkdtempSync(join(tmpdir(), 'cachibot-clone-'));
  onTestFinished(() => rmSync(clone, { recursive: true, force: true }));
  mkdirSync(join(clone, 'docs'));
  const row =
    '| variable | `CACHIBOT_DESKTOP_TOKEN` | `private` | both | 64 hex digits, new at each start of the server |';
  writeFileSync(join(clone, 'docs', 'contract.md'), `# The contract\n\n${row}\n`);
  expect(tokenInOf(clone)).toBe('environment');
});
