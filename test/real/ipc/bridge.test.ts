/** What the page asks of the shell beside its window: caches, settings, starting with the system. */
// @module-tag linux: as all that uses electron-app.ts

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

it('clears what can be fetched again, and keeps logins and chats', async () => {
  const home = temporaryFolder();
  const { ui } = await page(home);
  const look = () => ui.evaluate(() => fetch('/cached').then(answer => answer.text()));
  const looks = () => diary(home).filter(({ path }) => path === '/cached').length;
  await ui.evaluate(() => {
    localStorage.setItem('cachibot-auth', 'the login');
    localStorage.setItem('cachibot-chats', 'the chats');
    localStorage.setItem('cachibot_marketplace_cache_bots', 'can be had again');
  });
  await look();
  expect([await look(), looks()]).toEqual(['once for all', 1]);
  expect(await ui.evaluate(() => window.electronAPI.clearCache())).toEqual({ success: true });
  expect(await ui.evaluate(() => Object.keys(localStorage).sort())).toEqual(['cachibot-auth', 'cachibot-chats']);
  await look();
  expect(looks()).toBe(2);
});

it('starts with the system, or no longer, by a file that desktops read', async () => {
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

it('says why it cannot start with the system, in place of an error nobody handles', async () => {
  const home = temporaryFolder();
  mkdirSync(join(home, '.config'), { recursive: true });
  writeFileSync(join(home, '.config', 'autostart'), 'a file where the folder should be');
  const { ui } = await page(home);
  const answer = await ui.evaluate(() => window.electronAPI.setStartOnBoot(true));
  expect(answer).toEqual({ success: false, error: expect.stringMatching(/EEXIST|ENOTDIR/) });
  const nonsense = await ui.evaluate(() => window.electronAPI.setStartOnBoot('yes' as unknown as boolean));
  expect(nonsense).toEqual({ success: false, error: 'It is on or off: true or false.' });
});

it('leaves the autostart file of an installed app alone, since this one runs from a clone', async () => {
  const home = temporaryFolder();
  const file = join(home, '.config', 'autostart', 'cachibot-desktop.desktop');
  const entry = '[Desktop Entry]\nType=Application\nName=CachiBot\nExec="/gone/CachiBot.AppImage"\n';
  mkdirSync(join(home, '.config', 'autostart'), { recursive: true });
  writeFileSync(file, entry);
  const { ui } = await page(home);
  // By now the page has painted, which is when the shell looks at it.
  expect(await ui.evaluate(() => window.electronAPI.getStartOnBoot())).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe(entry);
});

it('keeps each setting of the page', async () => {
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
