/** The keys of the shell's commands, and the find bar, in a real window. */
// @module-tag linux: uses electron-app.ts

import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import { expectAccessible } from '../../drivers/accessibility';
import { clickOn, pageAt, shownUi, startApp, temporaryFolder, UI } from '../../drivers/electron-app';
import { press } from '../../drivers/keys';

const FIND_BAR = 'app://shell/find.html';

/** Opens the app with three matches of “needle” in its page. */
async function openUi(): Promise<{ app: ElectronApplication; ui: Page }> {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  const ui = await shownUi(app);
  await ui.evaluate(() => {
    const text = document.createElement('p');
    text.textContent = 'a needle, another needle, and a Needle in a haystack';
    document.getElementById('root')?.append(text);
  });
  return { app, ui };
}

const findBars = (app: ElectronApplication) => app.windows().filter(page => page.url() === FIND_BAR).length;

it('finds text: counts, goes to the next and the previous match, and closes with Escape', async () => {
  const { app, ui } = await openUi();
  await press(app, UI, 'control+f');
  const bar = await pageAt(app, FIND_BAR);
  const count = bar.locator('#count');
  await expect.poll(() => bar.evaluate(() => document.activeElement?.id)).toBe('text');
  await bar.keyboard.type('needle');
  await expect.poll(() => count.textContent()).toBe('1/3');
  await press(app, FIND_BAR, 'Return');
  await expect.poll(() => count.textContent()).toBe('2/3');
  await press(app, FIND_BAR, 'F3');
  await expect.poll(() => count.textContent()).toBe('3/3');
  await press(app, FIND_BAR, 'shift+Return');
  await expect.poll(() => count.textContent()).toBe('2/3');
  await bar.locator('#previous').click();
  await expect.poll(() => count.textContent()).toBe('1/3');
  await expectAccessible(bar);

  await bar.locator('#text').fill('no such text');
  await expect.poll(() => count.textContent()).toBe('0/0');
  await bar.locator('#text').fill('haystack');
  await expect.poll(() => count.textContent()).toBe('1/1');
  await press(app, FIND_BAR, 'Escape');
  await expect.poll(() => findBars(app)).toBe(0);
  expect(await ui.evaluate(() => getSelection()?.toString())).toBe('haystack');

  // The bar offers the last text again.
  await press(app, UI, 'control+f');
  const again = await pageAt(app, FIND_BAR);
  await expect.poll(() => again.locator('#text').inputValue()).toBe('haystack');
  await ui.reload();
  await expect.poll(() => findBars(app), { message: 'a page that is loaded again has no matches' }).toBe(0);
});

it('removes the bar when the page shows another chat, and opens none above a message', async () => {
  const { app, ui } = await openUi();
  await press(app, UI, 'control+f');
  const bar = await pageAt(app, FIND_BAR);
  await bar.locator('#text').fill('needle');
  await expect.poll(() => bar.locator('#count').textContent()).toBe('1/3');
  await ui.evaluate(() => history.pushState({}, '', '#part'));
  await ui.evaluate(() => history.replaceState({}, '', '?a=1'));
  expect(findBars(app), 'the same chat').toBe(1);
  await ui.evaluate(() => history.pushState({}, '', '/default/chats/2'));
  await expect.poll(() => findBars(app)).toBe(0);

  await app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.emit('unresponsive');
  });
  await pageAt(app, 'app://shell/overlay.html');
  await app.evaluate(({ BrowserWindow, Menu }) => {
    const [window] = BrowserWindow.getAllWindows();
    Menu.getApplicationMenu()?.getMenuItemById('find')?.click(undefined, window, window?.webContents);
  });
  await ui.waitForTimeout(200);
  expect(findBars(app)).toBe(0);
});

it('zooms, reloads and goes back with the keys and the mouse', async () => {
  const { app, ui } = await openUi();
  const zoom = () =>
    app.evaluate(({ BrowserWindow }) => {
      const window = BrowserWindow.getAllWindows().find(one => one.webContents.getURL().startsWith('http:'));
      return window?.webContents.getZoomLevel();
    });
  for (const [key, level] of [
    ['control+=', 0.5],
    ['control+numadd', 1],
    ['control+-', 0.5],
    ['control+0', 0],
  ] as const) {
    await press(app, UI, key);
    await expect.poll(zoom, { message: key }).toBe(level);
  }
  const isNew = () => ui.evaluate(() => !('old' in window)).catch(() => false);
  for (const key of ['F5', 'control+shift+r']) {
    await ui.evaluate(() => Object.assign(window, { old: true }));
    await press(app, UI, key);
    await expect.poll(isNew, { message: key }).toBe(true);
  }

  const path = () => new URL(ui.url()).pathname;
  await ui.evaluate(() => history.pushState({}, '', '/chat'));
  await press(app, UI, 'alt+Left');
  await expect.poll(path).toBe('/');
  await press(app, UI, 'alt+Right');
  await expect.poll(path).toBe('/chat');
});

it('says why a page or its content was not printed', async () => {
  const { app, ui } = await openUi();
  await app.evaluate(({ app, dialog, webContents }) => {
    const said: string[][] = [];
    Object.assign(globalThis, { said });
    dialog.showMessageBox = async (...args: unknown[]) => {
      const { message, detail = '' } = args.at(-1) as Electron.MessageBoxOptions;
      said.push([message, detail]);
      return { response: 0, checkboxChecked: false };
    };
    const fail = (contents: Electron.WebContents, reason: string) => {
      contents.print = (_options, done) => done?.(false, reason);
    };
    for (const contents of webContents.getAllWebContents()) fail(contents, 'no printer');
    app.on('web-contents-created', (_event, contents) => fail(contents, 'no paper'));
  });
  const said = () => app.evaluate(() => (globalThis as unknown as { said: string[][] }).said);
  await press(app, UI, 'control+p');
  await expect.poll(said).toEqual([[words.menu.notPrinted, 'no printer']]);

  const content = `${UI}desktop/content?print`;
  await ui.evaluate(address => {
    document.addEventListener('click', () => void window.open(address, '_blank'), { once: true });
  }, content);
  await clickOn(ui, '#box');
  await pageAt(app, content);
  // The real page replaces itself by the content.
  await app.evaluate(({ webContents }, content) => {
    webContents
      .getAllWebContents()
      .find(one => one.getURL() === content)
      ?.emit('dom-ready');
  }, content);
  await expect.poll(said).toEqual([
    [words.menu.notPrinted, 'no printer'],
    [words.menu.notPrinted, 'no paper'],
  ]);
});
