/** `npm run dist`, in a clone whose tools are stand-ins. */

import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Clone } from './clone';

const root = join(__dirname, '..', '..');

/** One that has everything to be packed. */
function cloneToPack(): Clone {
  const clone = new Clone();
  copyFileSync(join(root, 'CHANGELOG.md'), join(clone.root, 'CHANGELOG.md'));
  clone.write('resources/backend/manifest.json', '{"files":{},"links":{}}');
  return clone;
}

it.skipIf(process.platform !== 'linux')('asks for what makes an rpm before it packs anything', async () => {
  const clone = cloneToPack();
  clone.addProgram('dnf');
  const { code, stderr } = await clone.run('dist.mjs');
  expect(code, stderr.join('\n')).toBe(1);
  expect(stderr.join('\n')).toContain('lacks rpmbuild');
  expect(stderr.join('\n')).toContain('sudo dnf install -y rpm-build');
  expect(existsSync(join(clone.root, '.setup', 'dist', 'papers'))).toBe(false);
});
