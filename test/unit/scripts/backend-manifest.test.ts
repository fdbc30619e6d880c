import { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { differences, MANIFEST, writeManifest } from '../../../scripts/backend/manifest.mjs';

it('describes one bundle, also where another one shares its file of the manifest', () => {
  const bundle = () => {
    const folder = mkdtempSync(join(tmpdir(), 'cachibot-bundle-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return folder;
  };
  const [packed, other] = [bundle(), bundle()];
  writeFileSync(join(packed, 'server'), 'signed');
  writeManifest(packed);
  linkSync(join(packed, MANIFEST), join(other, MANIFEST)); // as a packing with hard links leaves it
  writeFileSync(join(other, 'server'), 'not signed');
  writeManifest(other);
  expect(differences(packed)).toEqual([]);
  expect(differences(other)).toEqual([]);
});
