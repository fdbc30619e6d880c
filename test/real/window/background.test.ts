/** The app without a window: closing it, the tray, and a start that shows none, on a real desktop. */
// @module-tag linux: uses electron-app.ts and desktop-session.ts

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import { type DesktopSession, openDesktopSession, untilFocused } from '../../drivers/desktop-session';
import { recordDialogs } from '../../drivers/dialogs';
import {
  diary,
  exitOf,
  pageAt,
  runApp,
  shownUi,
  startApp,
  temporaryFolder,
  UI,
  visibleWindows,
} from '../../drivers/electron-app';

const { background, updates } = words;
const settingsFile = (home: string) => join(home, '.config', 'CachiBot', 'settings.json');

const isMinimized = (app: ElectronApplication) =>
  app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().some(one => one.webContents.getURL().startsWith('http:') && one.isMinimized()),
  );

/** Starts the app without a window, and waits until its page is loaded. */
async function startHidden(desktop: DesktopSession, home: string): Promise<ElectronApplication> {
  const app = await startApp({ home, server: 'healthy', env: desktop.env, args: ['--hidden'] });
  await pageAt(app, UI);
  return app;
}

it('asks once, then hides in the tray, which shows the window again and quits', async () => {
  const desktop = await openDesktopSession();
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy', env: desktop.env });
  await shownUi(app);
  await expect.poll(() => desktop.trayIcons()).toBe(1);
  await expect.poll(() => desktop.trayToolTip()).toBe(background.toolTip(background.status.ready));
  const dialogs = await recordDialogs(app);

  // Cancel changes nothing.
  await untilFocused(app);
  await desktop.press('ctrl+w');
  await expect.poll(async () => (await dialogs()).length).toBe(1);
  await untilFocused(app, false);
  await desktop.press('Escape');
  await expect.poll(dialogs).toEqual([[background.question, background.cancel]]);
  expect(await visibleWindows(app)).toEqual([UI]);

  await untilFocused(app);
  await desktop.press('alt+F4');
  await expect.poll(async () => (await dialogs()).length).toBe(2);
  await untilFocused(app, false);
  await desktop.press('Return');
  await expect.poll(() => visibleWindows(app)).toEqual([]);
  expect(JSON.parse(readFileSync(settingsFile(home), 'utf8'))).toMatchObject({ runInBackground: 'on' });
  expect(diary(home).map(({ event }) => event)).not.toContain('stop-requested');

  expect((await desktop.trayMenu()).filter(label => label !== '')).toEqual([
    background.status.ready,
    background.show,
    background.newChat,
    background.restartServer,
    updates.check,
    background.quitApp,
  ]);
  await desktop.clickTray();
  await expect.poll(() => visibleWindows(app)).toEqual([UI]);
  await untilFocused(app);

  await desktop.press('ctrl+w');
  await expect.poll(() => visibleWindows(app)).toEqual([]);
  await runApp({ home, server: 'healthy', env: desktop.env, args: ['--hidden'] });
  expect(await visibleWindows(app), 'a second launch without a window').toEqual([]);
  await runApp({ home, server: 'healthy', env: desktop.env });
  await expect.poll(() => visibleWindows(app), { message: 'a second launch' }).toEqual([UI]);

  await desktop.chooseInTray(background.restartServer);
  await expect.poll(() => diary(home).filter(({ event }) => event === 'start').length, { timeout: 20_000 }).toBe(2);
  expect(await dialogs()).toHaveLength(2);
  // A menu that changes between the look at it and the click has other items.
  await expect.poll(() => desktop.trayToolTip()).toBe(background.toolTip(background.status.ready));
  const exit = exitOf(app);
  await desktop.chooseInTray(background.quitApp);
  expect(await exit).toEqual({ code: 0, signal: null });
});

it('minimizes the window where there is no tray', async () => {
  const desktop = await openDesktopSession({ tray: false });
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy', env: desktop.env });
  await shownUi(app);
  await untilFocused(app);
  const dialogs = await recordDialogs(app);
  await desktop.press('ctrl+w');
  await expect.poll(async () => (await dialogs()).length).toBe(1);
  await untilFocused(app, false);
  await desktop.press('Return');
  await expect.poll(() => isMinimized(app)).toBe(true);
  await runApp({ home, server: 'healthy', env: desktop.env });
  await expect.poll(() => isMinimized(app)).toBe(false);
  await untilFocused(app);
});

it('asks above no minimized window, whose question nobody would see, and leaves a restored window alone', async () => {
  const desktop = await openDesktopSession({ tray: false });
  const home = temporaryFolder();
  mkdirSync(join(home, '.config', 'CachiBot'), { recursive: true });
  writeFileSync(settingsFile(home), JSON.stringify({ runInBackground: 'on' }));
  const app = await startApp({ home, server: 'healthy', env: desktop.env });
  await shownUi(app);
  await untilFocused(app);
  const dialogs = await recordDialogs(app);
  const inMain = (act: 'close' | 'restore') =>
    app.evaluate(({ BrowserWindow }, act) => {
      BrowserWindow.getAllWindows()
        .find(one => one.webContents.getURL().startsWith('http:'))
        ?.[act]();
    }, act);
  await desktop.press('ctrl+w');
  await expect.poll(() => isMinimized(app)).toBe(true);

  // As the taskbar does.
  await inMain('close');
  await expect.poll(async () => (await dialogs()).length).toBe(1);
  const parents = () => app.evaluate(() => (globalThis as unknown as { parents: string[] }).parents);
  expect(await parents()).toEqual(['']);
  await desktop.press('Escape');
  await expect.poll(dialogs).toEqual([[background.question, background.cancel]]);

  await inMain('restore');
  await expect.poll(() => isMinimized(app)).toBe(false);
  await app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()
      .find(one => one.webContents.getURL().startsWith('http:'))
      ?.webContents.forcefullyCrashRenderer();
  });
  await pageAt(app, 'app://shell/overlay.html');
  expect(await isMinimized(app), 'the window after its page was loaded again').toBe(false);
});

it('starts without a window, and shows it when the user wants it', async () => {
  const desktop = await openDesktopSession();
  const home = temporaryFolder();
  const app = await startHidden(desktop, home);
  await expect.poll(() => desktop.trayIcons()).toBe(1);
  await expect.poll(() => desktop.trayToolTip()).toBe(background.toolTip(background.status.ready));
  expect(await visibleWindows(app)).toEqual([]);
  await desktop.chooseInTray(background.show);
  await expect.poll(() => visibleWindows(app)).toEqual([UI]);
  await untilFocused(app);
});

it('starts with a minimized window if the user wants no background', async () => {
  const desktop = await openDesktopSession();
  const home = temporaryFolder();
  mkdirSync(join(home, '.config', 'CachiBot'), { recursive: true });
  writeFileSync(settingsFile(home), JSON.stringify({ runInBackground: 'off' }));
  const app = await startHidden(desktop, home);
  await expect.poll(() => isMinimized(app)).toBe(true);
  expect(desktop.trayIcons()).toBe(0);
});
