import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { layAppImageTools, officialAppImageTools } from '../../scripts/dist/appimage-tools.mjs';

const root = join(__dirname, '..', '..');

it.skipIf(process.platform !== 'linux')(
  'makes an AppImage by electron-builder’s own tools, with larger blocks than it asks for, and the server’s program as it is',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cachibot-tools-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    // As they lie when electron-builder has downloaded them.
    const official = join(folder, 'official');
    for (const name of ['runtimes', join('lib', process.arch)]) mkdirSync(join(official, name), { recursive: true });
    for (const name of ['desktop-file-validate', 'mksquashfs', join('runtimes', `runtime-${process.arch}`)])
      writeFileSync(join(official, name), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
    process.env['APPIMAGE_TOOLS_PATH'] = official;
    onTestFinished(() => void delete process.env['APPIMAGE_TOOLS_PATH']);

    const laid = layAppImageTools(join(folder, 'laid'), await officialAppImageTools(root));
    const { stdout } = spawnSync(join(laid, 'mksquashfs'), ['in', 'out', '-comp', 'zstd'], { encoding: 'utf8' });
    expect(stdout).toBe('in out -comp zstd -b 1M -action uncompressed@name(cachibot-server)\n');
    for (const name of ['desktop-file-validate', `runtimes/runtime-${process.arch}`, `lib/${process.arch}`])
      expect(existsSync(join(laid, name)), name).toBe(true);
  },
);
