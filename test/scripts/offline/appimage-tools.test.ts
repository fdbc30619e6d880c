// @module-tag linux: the only system that makes one

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { layAppImageTools, officialAppImageTools } from '../../../scripts/offline/appimage-tools.mjs';

const root = join(__dirname, '..', '..', '..');

it('makes an AppImage by electron-builder’s own tools, told to make it smaller, and to store the server’s program as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-tools-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // As they lie when electron-builder has downloaded them.
  const official = join(folder, 'official');
  for (const name of ['runtimes', join('lib', process.arch)]) mkdirSync(join(official, name), { recursive: true });
  for (const name of ['desktop-file-validate', 'mksquashfs', join('runtimes', `runtime-${process.arch}`)])
    writeFileSync(join(official, name), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  process.env['APPIMAGE_TOOLS_PATH'] = official;
  onTestFinished(() => void delete process.env['APPIMAGE_TOOLS_PATH']);

  const laid = join(folder, 'laid');
  const made = (compression?: 'xz') => {
    layAppImageTools(laid, tools, compression);
    return spawnSync(join(laid, 'mksquashfs'), ['a b', 'out', '-comp', 'zstd'], { encoding: 'utf8' }).stdout;
  };
  const tools = await officialAppImageTools(root);
  const uncompressed = '-b 1M -action uncompressed@name(cachibot-server)';
  expect(made()).toBe(`a b out -comp zstd -Xcompression-level 22 ${uncompressed}\n`);
  expect(made('xz')).toBe(`a b out -comp xz ${uncompressed}\n`);
  for (const name of ['desktop-file-validate', `runtimes/runtime-${process.arch}`, `lib/${process.arch}`])
    expect(existsSync(join(laid, name)), name).toBe(true);
});
