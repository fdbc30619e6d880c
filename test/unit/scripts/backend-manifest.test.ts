import { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { bundleDifferences, MANIFEST, writeManifest } from '../../../scripts/backend/manifest.mjs';

it('writes the manifest of one bundle only, even if two bundles share the file by a hard link', () => {
  const bundle = () => {
    const folder = mkdtempSync(join(tmpdir(), 'cachibot-bundle-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return folder;
  };
  const [packed, other] = [bundle(), bundle()];
  writeFileSync(join(packed, 'server'), 'signed');
  writeManifest(packed);
  linkSync(join(packed, MANIFEST), join(other, MANIFEST)); // an app can be packed with hard links
  writeFileSync(join(other, 'server'), 'not signed');
  writeManifest(other);
  expect(bundleDifferences(packed)).toEqual([]);
  expect(bundleDifferences(other)).toEqual([]);
});
