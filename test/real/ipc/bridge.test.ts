/** The page's requests to the shell, except those about its window: caches, settings, start at login. */
// @module-tag linux: uses electron-app.ts

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ElectronApi } from '../../../desktop/ipc/core/contract';
import { diary, electron, mainLog, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';

declare global {
  interface Window {
    electronAPI: ElectronApi;
  }
}

async function page(home: string) {
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"ready"');
  return { app, ui };
}

it('clears what can be downloaded again, and keeps logins and chats', async () => {
  const home = temporaryFolder();
  const { ui } = await page(home);
  const fetchCached = () => ui.evaluate(() => fetch('/cached').then(answer => answer.text()));
  const requests = () => diary(home).filter(({ path }) => path === '/cached').length;
  await ui.evaluate(() => {
    localStorage.setItem('cachibot-auth', 'the login');
    localStorage.setItem('cachibot-chats', 'the chats');
    localStorage.setItem('cachibot_marketplace_cache_bots', 'can be downloaded again');
  });
  await fetchCached();
  expect([await fetchCached(), requests()]).toEqual(['once for all', 1]);
  expect(await ui.evaluate(() => window.electronAPI.clearCache())).toEqual({ success: true });
  expect(await ui.evaluate(() => Object.keys(localStorage).sort())).toEqual(['cachibot-auth', 'cachibot-chats']);
  await fetchCached();
  expect(requests()).toBe(2);
});

it('turns start at login on and off by an autostart file', async () => {
  const home = temporaryFolder();
  const { ui } = await page(home);
  const file = join(home, '.config', 'autostart', 'cachibot-desktop.desktop');
  const state = () => ui.evaluate(() => window.electronAPI.getStartOnBoot());
  const set = (on: boolean) => ui.evaluate(on => window.electronAPI.setStartOnBoot(on), on);
  expect(await state()).toBe(false);
  expect(await set(true)).toEqual({ success: true });
  expect(await state()).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain(`Exec="${electron()}" `);
  writeFileSync(file, `${readFileSync(file, 'utf8')}Hidden=true\n`);
  expect(await state()).toBe(false);
  expect(await set(true)).toEqual({ success: true });
  expect(await state()).toBe(true);
  expect(await set(false)).toEqual({ success: true });
  expect([await state(), existsSync(file)]).toEqual([false, false]);
});

it('returns the reason when start at login cannot be turned on, instead of rejecting', async () => {
  const home = temporaryFolder();
  mkdirSync(join(home, '.config'), { recursive: true });
  writeFileSync(join(home, '.config', 'autostart'), 'a file where the folder should be');
  const { ui } = await page(home);
  const answer = await ui.evaluate(() => window.electronAPI.setStartOnBoot(true));
  expect(answer).toEqual({ success: false, error: expect.stringMatching(/EEXIST|ENOTDIR/) });
  const nonsense = await ui.evaluate(() => window.electronAPI.setStartOnBoot('yes' as unknown as boolean));
  expect(nonsense).toEqual({ success: false, error: 'The setting must be true or false.' });
});

it('does not change the autostart file of an installed app when it runs from a clone', async () => {
  const home = temporaryFolder();
  const file = join(home, '.config', 'autostart', 'cachibot-desktop.desktop');
  const entry = '[Desktop Entry]\nType=Application\nName=CachiBot\nExec="/gone/CachiBot.AppImage"\n';
  mkdirSync(join(home, '.config', 'autostart'), { recursive: true });
  writeFileSync(file, entry);
  const { ui } = await page(home);
  // The page has painted, so the shell has already read the file.
  expect(await ui.evaluate(() => window.electronAPI.getStartOnBoot())).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe(entry);
});

it('stores each setting of the page', async () => {
  const home = temporaryFolder();
  const { ui } = await page(home);
  const settings = () =>
    ui.evaluate(async () => {
      const api = window.electronAPI;
      return [
        await api.getSetting('autoUpdateEnabled', false),
        await api.getSetting('autoInstallUpdates', true),
        await api.getSetting('updateChannel', 'beta'),
      ];
    });
  expect(await settings()).toEqual([true, false, 'stable']);
  await ui.evaluate(async () => {
    await window.electronAPI.setSetting('autoUpdateEnabled', false);
    await window.electronAPI.setSetting('autoInstallUpdates', true);
    await window.electronAPI.setSetting('updateChannel', 'beta');
  });
  expect(await settings()).toEqual([false, true, 'beta']);
});
