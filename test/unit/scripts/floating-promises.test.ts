/** A promise that is neither awaited nor handled fails the check: Electron 45 has more of them than its predecessors. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const root = join(__dirname, '..', '..', '..');

it.each([
  ['clipboard.writeText("a")', 1],
  ['void clipboard.writeText("a")', 0],
  ['await clipboard.writeText("a")', 0],
])('%s has exit code %d', (statement, code) => {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-promises-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'tsconfig.json'), '{"compilerOptions": {"target": "es2022", "module": "es2022"}}');
  const declared = 'declare const clipboard: { writeText(text: string): Promise<void> };';
  writeFileSync(join(folder, 'copy.ts'), `${declared}\n${statement};\nexport {};\n`);
  const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const args = [oxlint, '--type-aware', '--config', join(root, '.oxlintrc.json'), 'copy.ts'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect(status, stdout).toBe(code);
  if (code !== 0) expect(stdout).toContain('no-floating-promises');
});
