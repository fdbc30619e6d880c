/** Tests the target of each format with real files. */

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

it('an AppImage replaces its own file, relaunches it, and can be rolled back', { tags: 'linux' }, async () => {
  const appImageFile = join(folder, 'CachiBot.AppImage');
  writeFileSync(appImageFile, 'version 1', { mode: 0o755 });
  const target = appImageTarget({ appImageFile });
  expect([target.relaunchFile, target.needsPassword()]).toEqual([appImageFile, false]);
  const installation = target.createInstallation(download());
  await installation.prepare();
  expect(readFileSync(appImageFile, 'utf8')).toBe('version 1');
  await installation.apply();
  expect(readFileSync(appImageFile, 'utf8')).toBe('version 2');
  const previous = installation.previous ?? '';
  await target.rollback?.assertPossible(previous);
  await target.rollback?.restorePrevious(previous);
  expect(readFileSync(appImageFile, 'utf8')).toBe('version 1');
  await expect(target.rollback?.assertPossible(previous)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('a package needs a password, and shows the command where the system cannot open a window for it', async () => {
  const options = { executableFile: '/opt/CachiBot/cachibot', log: () => {} };
  vi.stubEnv('PATH', folder);
  const target = linuxPackageTarget('deb', { ...options, isRoot: false });
  expect([target.relaunchFile, target.needsPassword()]).toEqual([options.executableFile, true]);
  expect(target.createInstallation(download()).manualStep).toMatch(
    /In a terminal, run: sudo dpkg --install '.*download'$/,
  );
  const asRoot = linuxPackageTarget('deb', { ...options, isRoot: true });
  expect(asRoot.createInstallation(download()).manualStep).toBeUndefined();
});

it('Windows keeps the installer of this version, and the next installer relaunches the app', async () => {
  const options = { version: '1.0.0', shouldRelaunch: () => true };
  writeFileSync(join(folder, 'installer.exe'), 'version 1');
  const target = nsisTarget({ ...options, executableFile: join(folder, 'CachiBot.exe') });
  expect([target.relaunchFile, target.needsPassword()]).toEqual([undefined, false]);
  const installation = target.createInstallation(download());
  await installation.prepare();
  expect(readFileSync(installation.previous ?? '', 'utf8')).toBe('version 1');
  await target.rollback?.assertPossible(installation.previous ?? '');
  const inFile = nsisTarget({ ...options, executableFile: join(folder, 'installer.exe', 'CachiBot.exe') });
  expect(inFile.needsPassword()).toBe(true);
});

it('Windows decides when the installer starts whether it relaunches the app', { tags: 'posix' }, async () => {
  const installer = join(folder, 'pending', 'installer');
  const content = `#!/bin/sh\necho "$*" > "${join(folder, 'arguments.part')}"\nmv "${folder}/arguments.part" "${folder}/arguments"\n`;
  writeFileSync(installer, content, { mode: 0o755 });
  const sha512 = createHash('sha512').update(content).digest('base64');
  let relaunches = true;
  const target = nsisTarget({ version: '1.0.0', executableFile: '', shouldRelaunch: () => relaunches });
  const installation = target.createInstallation({ file: installer, sha512 });
  const args = () => vi.waitFor(() => readFileSync(join(folder, 'arguments'), 'utf8').trim(), { timeout: 20_000 });
  await installation.apply();
  expect(await args()).toBe('--updated /S --force-run');
  rmSync(join(folder, 'arguments'));
  relaunches = false;
  await installation.apply();
  expect(await args()).toBe('--updated /S');
});

it('on macOS Squirrel quits the app', async () => {
  const quitAndInstall = vi.fn(async () => {});
  const squirrel = {
    once: (event: string, listener: (error: Error) => void) =>
      event === 'update-downloaded' && setImmediate(listener, new Error('unused')),
    off: () => {},
    checkForUpdates: () => {},
  };
  const target = macTarget({ squirrel: () => squirrel, quitAndInstall, executableFile: join(folder, 'CachiBot') });
  const installation = target.createInstallation(download());
  await installation.prepare();
  await installation.apply();
  expect(quitAndInstall).not.toHaveBeenCalled();
  await installation.quit?.();
  expect(quitAndInstall).toHaveBeenCalledOnce();
});
