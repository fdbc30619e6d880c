/** The keys of the Windows Python, its frozen server and the installers for wine: a change of an input changes them. */
// @module-tag posix: the fake Python is a shell script

import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { wineHash } from '../../../scripts/offline/windows-libraries.mjs';
import { windowsPythonStep } from '../../../scripts/offline/windows-python.mjs';
import { describeWindowsPython } from '../../../scripts/offline/windows-server.mjs';
import { backend, interpreter } from '../../../scripts/setup/python.mjs';
import { runStep } from '../../../scripts/setup/step.mjs';
import { partOf, readSource } from '../../drivers/source-files';
import { sources } from '../../drivers/wine-installers';

const ROOT = join(__dirname, '..', '..', '..');
let root = '';

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'cachibot-keys-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const name of ['build', 'scripts/offline']) cpSync(join(ROOT, name), join(root, name), { recursive: true });
  await setUpPython('3.12.10');
});

/** Sets up the clone with a Python that says only its version. */
async function setUpPython(version: string): Promise<void> {
  const python = interpreter(root, 'python');
  mkdirSync(dirname(python), { recursive: true });
  writeFileSync(python, `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
  const work = { root, title: 'Python', logFile: join(root, 'log'), say: () => {} };
  await runStep(work, { ...backend(root), run: async () => ({ python, names: '' }) });
}

/** The file, and the files of scripts/offline that it imports, also through others. */
function withImports(file: string): string[] {
  const found = new Set([file]);
  for (const importer of found)
    for (const { from } of readSource(importer, readFileSync(join(ROOT, importer), 'utf8')).imports) {
      const imported = partOf(importer, from);
      if (imported?.startsWith('scripts/offline/')) found.add(imported);
    }
  return [...found];
}

it('changes the keys of the Windows Python and of its server with the version of the copied standard library', async () => {
  const keys = () => [windowsPythonStep(root).inputs(), describeWindowsPython(root)];
  const before = keys();
  await setUpPython('3.12.11');
  expect(keys()).toEqual(before.map(key => expect.not.stringMatching(key)));
  await setUpPython('3.12.10');
  expect(keys()).toEqual(before);
});

it('changes the key of the Windows Python with the library of wine that is copied', () => {
  const wine = join(root, 'wine');
  const key = () => windowsPythonStep(root, () => wineHash([join(root, 'missing'), wine])).inputs();
  const withoutWine = key();
  mkdirSync(wine);
  writeFileSync(join(wine, 'ucrtbase.dll'), 'wine 8');
  const before = key();
  expect(before).not.toBe(withoutWine);
  writeFileSync(join(wine, 'ucrtbase.dll'), 'wine 9');
  expect(key()).not.toBe(before);
});

it.each(withImports('scripts/offline/windows-server.mjs'))('changes the key of the Windows server with %s', file => {
  const before = describeWindowsPython(root);
  appendFileSync(join(root, file), '// changed\n');
  expect(describeWindowsPython(root)).not.toBe(before);
});

it.each([
  ...withImports('test/drivers/wine-installers.ts'),
  'scripts/offline/windows-electron.txt',
  'scripts/offline/windows/plug-ins.c',
  'scripts/offline/windows/server.c',
])('the installers for wine are built again after a change of %s', file => {
  expect(sources(ROOT).filter(input => `${join(ROOT, file)}/`.startsWith(`${input}/`))).toHaveLength(1);
});
