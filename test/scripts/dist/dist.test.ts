/** `npm run dist`, in a clone with fake tools. */

import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Clone } from '../../drivers/clone';
import { installerIn } from '../../drivers/windows-installer';

const root = join(__dirname, '..', '..', '..');

/** Creates a clone with all files that packing needs. */
function cloneToPack(): Clone {
  const clone = new Clone();
  copyFileSync(join(root, 'CHANGELOG.md'), join(clone.root, 'CHANGELOG.md'));
  clone.write('resources/backend/manifest.json', '{"files":{},"links":{}}');
  return clone;
}

// Only Linux builds an rpm.
it('requires rpmbuild before it packs the app', { tags: 'linux' }, async () => {
  const clone = cloneToPack();
  clone.addProgram('dnf');
  const { code, stderr } = await clone.run('dist.mjs');
  expect(code, stderr.join('\n')).toBe(1);
  expect(stderr.join('\n')).toContain('lacks rpmbuild');
  expect(stderr.join('\n')).toContain('sudo dnf install -y rpm-build');
  expect(existsSync(join(clone.root, '.setup', 'dist', 'notices'))).toBe(false);
});

it('builds exactly one installer for the architecture of the Windows machine that tests it', () => {
  const release = mkdtempSync(join(tmpdir(), 'cachibot-release-'));
  onTestFinished(() => rmSync(release, { recursive: true, force: true }));
  const write = (name: string) => writeFileSync(join(release, name), '');
  for (const name of ['CachiBot-1.2.3-arm64.exe', 'CachiBot-1.2.3-x64.exe.blockmap', 'latest.yml']) write(name);
  expect(() => installerIn(release)).toThrow('0 installers');
  write('CachiBot-unsigned-1.2.3-x64.exe');
  expect(installerIn(release)).toBe(join(release, 'CachiBot-unsigned-1.2.3-x64.exe'));
  write('CachiBot-1.2.2-x64.exe');
  expect(() => installerIn(release)).toThrow('2 installers');
});
