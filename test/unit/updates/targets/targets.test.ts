/** What a target of each format does, on real files. */

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { appImageTarget } from '../../../../desktop/updates/targets/appimage';
import { linuxPackageTarget } from '../../../../desktop/updates/targets/linux-package';
import { macTarget } from '../../../../desktop/updates/targets/mac';
import { nsisTarget } from '../../../../desktop/updates/targets/nsis';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-target-'));
  mkdirSync(join(folder, 'pending'));
  writeFileSync(join(folder, 'pending', 'download'), 'version 2');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const download = () => ({
  file: join(folder, 'pending', 'download'),
  sha512: createHash('sha512').update('version 2').digest('base64'),
});

it('an AppImage replaces its own file, starts that, and can be rolled back', { tags: 'linux' }, async () => {
  const appImageFile = join(folder, 'CachiBot.AppImage');
  writeFileSync(appImageFile, 'version 1', { mode: 0o755 });
  const target = appImageTarget({ appImageFile });
  expect([target.relaunchFile, target.asksForPassword()]).toEqual([appImageFile, false]);
  const installation = target.installation(download());
  await installation.prepare();
  expect(readFileSync(appImageFile, 'utf8')).toBe('version 1');
  await installation.apply();
  expect(readFileSync(appImageFile, 'utf8')).toBe('version 2');
  const previous = installation.previous ?? '';
  await target.rollback?.expectPossible(previous);
  await target.rollback?.restorePrevious(previous);
  expect(readFileSync(appImageFile, 'utf8')).toBe('version 1');
  await expect(target.rollback?.expectPossible(previous)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('a package asks for a password, and names the command where the system cannot ask', async () => {
  const options = { programFile: '/opt/CachiBot/cachibot', log: () => {} };
  vi.stubEnv('PATH', folder);
  const target = linuxPackageTarget('deb', { ...options, isRoot: false });
  expect([target.relaunchFile, target.asksForPassword()]).toEqual([options.programFile, true]);
  expect(target.installation(download()).manualStep).toMatch(/In a terminal, run: sudo dpkg --install '.*download'$/);
  const asRoot = linuxPackageTarget('deb', { ...options, isRoot: true });
  expect(asRoot.installation(download()).manualStep).toBeUndefined();
});

it('Windows keeps the installer of this version, and leaves the relaunch to the new one', async () => {
  const options = { version: '1.0.0', relaunchesAfter: () => true };
  writeFileSync(join(folder, 'installer.exe'), 'version 1');
  const target = nsisTarget({ ...options, programFile: join(folder, 'CachiBot.exe') });
  expect([target.relaunchFile, target.asksForPassword()]).toEqual([undefined, false]);
  const installation = target.installation(download());
  await installation.prepare();
  expect(readFileSync(installation.previous ?? '', 'utf8')).toBe('version 1');
  await target.rollback?.expectPossible(installation.previous ?? '');
  const inFile = nsisTarget({ ...options, programFile: join(folder, 'installer.exe', 'CachiBot.exe') });
  expect(inFile.asksForPassword()).toBe(true);
});

it('Windows asks at the last moment whether the installer starts the app', { tags: 'posix' }, async () => {
  const installer = join(folder, 'pending', 'installer');
  const content = `#!/bin/sh\necho "$*" > "${join(folder, 'arguments.part')}"\nmv "${folder}/arguments.part" "${folder}/arguments"\n`;
  writeFileSync(installer, content, { mode: 0o755 });
  const sha512 = createHash('sha512').update(content).digest('base64');
  let relaunches = true;
  const target = nsisTarget({ version: '1.0.0', programFile: '', relaunchesAfter: () => relaunches });
  const installation = target.installation({ file: installer, sha512 });
  const words = () => vi.waitFor(() => readFileSync(join(folder, 'arguments'), 'utf8').trim(), { timeout: 20_000 });
  await installation.apply();
  expect(await words()).toBe('--updated /S --force-run');
  rmSync(join(folder, 'arguments'));
  relaunches = false;
  await installation.apply();
  expect(await words()).toBe('--updated /S');
});

it('macOS leaves the end of the app to Squirrel', async () => {
  const quitAndInstall = vi.fn(async () => {});
  const squirrel = {
    once: (event: string, listener: (error: Error) => void) =>
      event === 'update-downloaded' && setImmediate(listener, new Error('unused')),
    off: () => {},
    checkForUpdates: () => {},
  };
  const target = macTarget({ squirrel: () => squirrel, quitAndInstall });
  const installation = target.installation(download());
  await installation.prepare();
  await installation.apply();
  expect(quitAndInstall).not.toHaveBeenCalled();
  await installation.quit?.();
  expect(quitAndInstall).toHaveBeenCalledOnce();
});
