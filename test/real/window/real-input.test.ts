/** Menus, keys, the find bar and downloads with a keyboard and a mouse of the X server, under a window manager. */
// @module-tag linux: uses electron-app.ts and desktop-session.ts
// @module-tag left-to-ci

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import { openDesktopSession, untilFocused } from '../../drivers/desktop-session';
import { pageAt, shownUi, startApp, temporaryFolder, UI } from '../../drivers/electron-app';
import { placeOf, recordMenus, untilEffect } from '../../drivers/hands';

const SETTINGS = 'app://settings/settings.html';
const ABOUT = 'app://about/about.html';
const SHORTCUTS = 'app://shortcuts/shortcuts.html';
const FIND = 'app://shell/find.html';
const DOWNLOAD = 'app://shell/download.html';

const PLACES = `<div style="position: fixed; inset: 120px 0 0; background: white; color: black">
  <p><a id="web" href="https://a.example/x">a link</a> <a id="file" download="notes.txt" href="data:,hello">a file</a></p>
  <p><span id="words">a needle, another needle, and a Needle</span></p> <textarea id="field"></textarea></div>`;

/** Opens the app on a desktop, with places in its page that a user can click. */
async function openDesktop() {
  const desktop = await openDesktopSession();
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy', env: desktop.env });
  const ui = await shownUi(app);
  await untilFocused(app);
  await ui.evaluate(html => document.body.insertAdjacentHTML('beforeend', html), PLACES);
  const menus = await recordMenus(app);
  const clickOn = async (page: Page, selector: string, button = 1) =>
    desktop.click(...(await placeOf(app, page, selector)), button);
  return { desktop, home, app, ui, menus, clickOn };
}

const open = (app: ElectronApplication, address: string) => app.windows().filter(page => page.url() === address).length;

const focusedIn = (page: Page) => page.evaluate(() => document.activeElement?.id);

const zoomOf = (app: ElectronApplication, address: string) =>
  app.evaluate(
    ({ webContents }, url) =>
      webContents
        .getAllWebContents()
        .find(one => one.getURL() === url)
        ?.getZoomLevel(),
    address,
  );

it('opens the menu with Alt and F10, and runs its items by their letters', async () => {
  const { desktop, app, menus } = await openDesktop();
  await desktop.press('alt');
  expect(await menus.opened()).toEqual(expect.arrayContaining([words.menu.file, words.menu.help]));
  await desktop.press('Escape');
  await menus.closed();
  await desktop.press('F10');
  await menus.opened();
  await desktop.press('h');
  await desktop.press('k');
  const list = await pageAt(app, SHORTCUTS);
  await menus.closed();
  await expect.poll(() => list.evaluate(() => document.hasFocus() && document.activeElement?.id)).toBe('close');
  await untilEffect(
    'Return to close the list',
    () => desktop.press('Return'),
    () => open(app, SHORTCUTS) === 0,
  );
  await untilFocused(app);
  await desktop.press('F10');
  await menus.opened();
  await desktop.press('h');
  await desktop.press('a');
  const about = await pageAt(app, ABOUT);
  await menus.closed();
  await expect.poll(() => about.evaluate(() => document.hasFocus() && document.activeElement?.id)).toBe('close');
  await untilEffect(
    'Tab to move the focus',
    () => desktop.press('Tab'),
    async () => (await focusedIn(about)) !== 'close',
  );
  await untilEffect(
    'Space to copy the versions',
    () => desktop.press('space'),
    async () =>
      (await app.evaluate(({ clipboard }) => clipboard.readText())).includes(`${words.about.names.electron}: `),
  );
  await untilEffect(
    'Escape to close About',
    () => desktop.press('Escape'),
    () => open(app, ABOUT) === 0,
  );
});

it('does not open the menu with Alt and the mouse, nor with Alt and another key', async () => {
  const { desktop, app, ui, menus } = await openDesktop();
  const [x, y] = await placeOf(app, ui, '#words');
  const gestures = [
    [`mousemove ${x} ${y}`, 'keydown alt', 'click 1', 'keyup alt'],
    ['keydown alt', 'click 3', 'keyup alt'],
    ['keydown alt', 'mousedown 1', `mousemove ${x + 60} ${y + 20}`, 'mouseup 1', 'keyup alt'],
    ['keydown alt', 'mousedown 1', `mousemove ${x} ${y}`, 'keyup alt', 'mouseup 1'],
    ['keydown alt', 'mousedown 1', 'keyup alt', 'sleep 0.5', 'mouseup 1'],
    ['keydown alt', 'mousedown 2', 'keyup alt', 'sleep 0.5', 'mouseup 2'],
    ['keydown alt', 'click 4', 'click 5', 'keyup alt'],
    ['keydown alt', 'key Left', 'keyup alt'],
  ];
  const failed: string[] = [];
  for (const gesture of gestures) {
    // As slow as hands: the app must see where the mouse is when Alt goes down.
    await desktop.input(...gesture.flatMap(step => (step === 'keydown alt' ? [step, 'sleep 0.5'] : step)));
    if ((await menus.last()).includes(words.menu.help)) failed.push(gesture.join(', '));
    await desktop.press('Escape'); // closes the menu of a right click
    await menus.closed();
    await untilFocused(app);
  }
  expect(failed).toEqual([]);

  // The menu still opens.
  await untilFocused(app);
  await desktop.press('alt');
  expect(await menus.opened()).toContain(words.menu.help);
});

it('finds text with keys only, zooms, changes a setting and reloads', async () => {
  const { desktop, home, app, ui } = await openDesktop();
  await desktop.press('ctrl+f');
  const bar = await pageAt(app, FIND);
  await expect.poll(() => bar.evaluate(() => document.hasFocus() && document.activeElement?.id)).toBe('text');
  await desktop.type('needle');
  const count = () => bar.locator('#count').textContent();
  await expect.poll(count).toBe('1/3');
  for (const [keys, shown] of [
    ['Return', '2/3'],
    ['F3', '3/3'],
    ['shift+F3', '2/3'],
    ['shift+Return', '1/3'],
  ] as const) {
    await desktop.press(keys);
    await expect.poll(count, { message: keys }).toBe(shown);
  }
  await desktop.press('Escape');
  await expect.poll(() => open(app, FIND)).toBe(0);

  // The page has the focus again.
  const url = ui.url();
  for (const [keys, level] of [
    ['ctrl+plus', 0.5],
    ['ctrl+KP_Add', 1],
    ['ctrl+minus', 0.5],
    ['ctrl+0', 0],
  ] as const) {
    await desktop.press(keys);
    await expect.poll(() => zoomOf(app, url), { message: keys }).toBe(level);
  }
  const [x, y] = await placeOf(app, ui, '#words');
  await desktop.input(`mousemove ${x} ${y}`, 'keydown ctrl', 'click 4', 'keyup ctrl');
  await expect.poll(() => zoomOf(app, url), { message: 'Ctrl and the wheel' }).toBe(0.5);

  await desktop.press('ctrl+comma');
  const settings = await pageAt(app, SETTINGS);
  await expect
    .poll(() => settings.evaluate(() => document.hasFocus() && document.activeElement?.id))
    .toBe('startAtLogin');
  // The keyboard reaches each control.
  for (let last = 'startAtLogin'; last !== 'notifications'; last = (await focusedIn(settings)) ?? '') {
    await untilEffect(
      'Tab to move the focus',
      () => desktop.press('Tab'),
      async () => (await focusedIn(settings)) !== last,
    );
  }
  await untilEffect(
    'Space to switch notifications off',
    () => desktop.press('space'),
    async () => !(await settings.locator('#notifications').isChecked()),
  );
  await expect
    .poll(() => readFileSync(join(home, '.config/CachiBot/settings.json'), 'utf8'))
    .toMatch(/"notifications": ?false/);
  await desktop.press('Escape');
  await expect.poll(() => open(app, SETTINGS)).toBe(0);
  await untilFocused(app);
  await ui.evaluate(() => Object.assign(window, { old: true }));
  await desktop.press('F5');
  await expect.poll(() => ui.evaluate(() => !('old' in window)).catch(() => false)).toBe(true);
});

it('goes back and forward with the keys and the mouse’s buttons, and prints or says why not', async () => {
  const { desktop, app, ui } = await openDesktop();
  const path = () => new URL(ui.url()).pathname;
  const entries = () =>
    app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]
        ?.webContents.navigationHistory.getAllEntries()
        .map(({ url }) => url),
    );
  const [x, y] = await placeOf(app, ui, '#words');
  // The app removes other pages from the history, because no guard sees where the buttons lead.
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.loadURL('about:blank'));
  await expect.poll(entries).toEqual([UI, UI]);
  await shownUi(app);
  await untilFocused(app);
  await ui.evaluate(() => {
    const places: string[] = [];
    Object.assign(window, { places });
    addEventListener('popstate', () => places.push(location.pathname));
    for (const place of ['/1', '/2', '/3', '/4']) history.pushState({}, '', place);
  });
  const steps = [
    ['Alt+left', () => desktop.press('alt+Left'), '/3'],
    ['Alt+right', () => desktop.press('alt+Right'), '/4'],
    ['the button for back', () => desktop.click(x, y, 8), '/3'],
    ['the button for forward', () => desktop.click(x, y, 9), '/4'],
    ['the button for back, again', () => desktop.click(x, y, 8), '/3'],
    ['Alt+left, again', () => desktop.press('alt+Left'), '/2'],
  ] as const;
  for (const [name, act, place] of steps) await untilEffect(name, act, () => path() === place);
  // Each went one step.
  const places = await ui.evaluate(() => (window as unknown as { places: string[] }).places);
  expect(places).toEqual(steps.map(([, , place]) => place));
  await desktop.press('ctrl+p');
  // The dialog for printing, or a message where nothing prints.
  await untilFocused(app, false);
  await desktop.press('Escape');
  await untilFocused(app);
});

it('shows the menu of a right click, whose items the keyboard and the mouse choose', async () => {
  const { desktop, app, ui, menus, clickOn } = await openDesktop();
  const copied = () => app.evaluate(({ clipboard }) => clipboard.readText());
  await clickOn(ui, '#web', 3);
  expect(await menus.opened()).toContain(words.contextMenu.copyLink);
  await desktop.press('Down');
  await desktop.press('Down');
  await desktop.press('Return');
  await expect.poll(copied).toBe('https://a.example/x');
  await menus.closed();

  // The first item is just below the mouse.
  const [x, y] = await placeOf(app, ui, '#words');
  await desktop.input(`mousemove ${x} ${y}`, 'click --repeat 2 1');
  await desktop.click(x, y, 3);
  expect(await menus.opened()).toContain(words.contextMenu.copy);
  await desktop.click(x + 30, y + 18);
  await menus.closed();
  await expect.poll(copied).toMatch(/^\w+ ?$/);

  // The key for it, in a field.
  await app.evaluate(({ clipboard }) => clipboard.writeText('plain'));
  await clickOn(ui, '#field');
  await desktop.press('shift+F10');
  const labels = await menus.opened();
  expect(labels).toContain(words.contextMenu.pasteAndMatchStyle);
  await desktop.press('Escape');
  await menus.closed();
  await desktop.press('ctrl+shift+v');
  await expect.poll(() => ui.locator('#field').inputValue()).toBe('plain');
});

it('asks where to save a download in a dialog of the system, and shows where it is', async () => {
  const { desktop, home, app, ui, clickOn } = await openDesktop();
  await app.evaluate(({ shell }) => {
    shell.showItemInFolder = path => void Object.assign(globalThis, { shownFile: path });
  });
  await clickOn(ui, '#file');
  await desktop.untilWindow(words.downloads.saveTitle);
  await untilFocused(app, false);
  await desktop.press('Escape');
  await untilFocused(app);
  expect(open(app, DOWNLOAD)).toBe(0);

  await clickOn(ui, '#file');
  await desktop.untilWindow(words.downloads.saveTitle);
  await untilFocused(app, false);
  await desktop.press('Return');
  const bar = await pageAt(app, DOWNLOAD);
  await expect.poll(() => bar.locator('#text').textContent()).toBe(words.downloads.saved('notes.txt'));
  const file = join(home, 'notes.txt');
  expect(readFileSync(file, 'utf8')).toBe('hello');
  await clickOn(bar, '#show');
  await expect.poll(() => app.evaluate(() => (globalThis as unknown as { shownFile?: string }).shownFile)).toBe(file);
  await expect.poll(() => open(app, DOWNLOAD)).toBe(0);
  expect(app.windows().some(page => page.url().startsWith(UI))).toBe(true);
});

it.each([
  ['KDE', 24, (colours: Set<number>) => colours.size > 3],
  ['ubuntu:GNOME', 24, (colours: Set<number>) => colours.size === 1 && colours.has(0xffffff)],
] as const)(
  'the tray of %s gets an icon of %i pixels in the colours that its panel needs',
  async (name, size, fits) => {
    const desktop = await openDesktopSession();
    const env = { ...desktop.env, XDG_CURRENT_DESKTOP: name };
    const app = await startApp({ home: temporaryFolder(), server: 'healthy', env });
    await shownUi(app);
    await expect.poll(() => desktop.trayIcons()).toBe(1);
    const { width, colours } = await desktop.trayPicture();
    expect(width).toBe(size);
    expect(fits(new Set(colours)), `${colours.length} pixels`).toBe(true);
  },
);
