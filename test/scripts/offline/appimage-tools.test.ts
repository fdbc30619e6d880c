// @module-tag linux: the only system that builds an AppImage

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { installAppImageTools, officialAppImageTools } from '../../../scripts/offline/appimage-tools.mjs';

const root = join(__dirname, '..', '..', '..');

it('wraps electron-builder’s tools to compress more, and to store the server’s modules uncompressed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-tools-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // The layout in which electron-builder downloads them.
  const official = join(folder, 'official');
  for (const name of ['runtimes', join('lib', process.arch)]) mkdirSync(join(official, name), { recursive: true });
  for (const name of ['desktop-file-validate', 'mksquashfs', join('runtimes', `runtime-${process.arch}`)])
    writeFileSync(join(official, name), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  process.env['APPIMAGE_TOOLS_PATH'] = official;
  onTestFinished(() => void delete process.env['APPIMAGE_TOOLS_PATH']);

  const wrapped = join(folder, 'wrapped');
  const run = (compression?: 'xz') => {
    installAppImageTools(wrapped, tools, compression);
    return spawnSync(join(wrapped, 'mksquashfs'), ['a b', 'out', '-comp', 'zstd'], { encoding: 'utf8' }).stdout;
  };
  const tools = await officialAppImageTools(root);
  const uncompressed = '-b 1M -action uncompressed@name(modules.pyz)';
  expect(run()).toBe(`a b out -comp zstd -Xcompression-level 22 ${uncompressed}\n`);
  expect(run('xz')).toBe(`a b out -comp xz ${uncompressed}\n`);
  for (const name of ['desktop-file-validate', `runtimes/runtime-${process.arch}`, `lib/${process.arch}`])
    expect(existsSync(join(wrapped, name)), name).toBe(true);
});
