/** The pictures of docs/user-guide.md, in the folder `guide` of the output. `npm run pictures` copies them to the guide. */
// @module-tag linux: uses electron-app.ts and desktop-session.ts
// @module-tag left-to-ci

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { words } from '../../../desktop/words/en';
import { type DesktopSession, openDesktopSession, untilFocused } from '../../drivers/desktop-session';
import {
  outputFolder,
  pageAt,
  python,
  serverScript,
  shownUi,
  startApp,
  temporaryFolder,
  UI,
  visibleWindows,
} from '../../drivers/electron-app';
import { firstUseWords, pageWords } from '../../drivers/first-use';
import { type Menus, placeOf, recordMenus } from '../../drivers/hands';
import { OWN_PAGES, openOwnPage } from '../../drivers/own-pages';
import { openRecordedScreen, type Part, type RecordedScreen } from '../../drivers/screen-recorder';
import { makeAccount, say, settledUi } from '../../drivers/user-journey';
import { openXfceDesktop } from '../../drivers/xfce-desktop';
import { openFakeModel } from '../../fixtures/fake-model.mjs';

const BOUNDS = { x: 40, y: 30, width: 1000, height: 660 };
const LIMIT = { timeout: 60_000 };
const QUESTION = 'Which fish live in the Baltic Sea?';

type Theme = 'light' | 'dark';

function fileFor({ theme }: { theme: Theme }, name: string): string {
  const folder = join(outputFolder(), 'guide');
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}${theme === 'dark' ? '-dark' : ''}.png`);
}

it('pictures of the shell’s own pages', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(app);
  for (const [name, theme, height] of [
    ['splash', 'light'],
    ['failure', 'light'],
    ['about', 'light'],
    ['shortcuts', 'light'],
    ['settings', 'light', 540],
    ['settings', 'dark', 540],
  ] as const) {
    const row = OWN_PAGES.find(one => one.name === name);
    if (row === undefined) throw new Error(`There is no page ${name}.`);
    const page = await openOwnPage(app, { ...row, size: [row.size[0], height ?? row.size[1]] });
    await page.emulateMedia({ colorScheme: theme });
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe(row.focus);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.screenshot({ path: fileFor({ theme }, name) });
    await page.close();
  }
});

interface Setting {
  app: ElectronApplication;
  ui: Page;
  desktop: DesktopSession;
  screen: RecordedScreen;
  menus: Menus;
  theme: Theme;
}

/** Saves a picture of a part of the window, once the screen stands still. */
async function take(setting: Setting, name: string, part: Part) {
  const area = { ...part, x: BOUNDS.x + part.x, y: BOUNDS.y + part.y };
  await untilStill(setting.screen, area);
  setting.screen.look().save(fileFor(setting, name), area);
}

/** Waits until a part of the screen stands still. */
async function untilStill(screen: RecordedScreen, { x, y, width, height }: Part): Promise<void> {
  const look = () => JSON.stringify([...screen.look().colours(x, y, width, height)]);
  await expect
    .poll(async () => {
      const before = look();
      await new Promise(resolve => setTimeout(resolve, 400));
      return before === look();
    }, LIMIT)
    .toBe(true);
}

async function menu(setting: Setting): Promise<void> {
  const { app, ui, desktop, menus } = setting;
  await desktop.click(...(await placeOf(app, ui, `.title-bar [aria-label="${pageWords.menu}"]`)));
  expect(await menus.opened()).toContain(words.menu.file);
  // The guide has the first one only.
  for (const name of ['menu', 'menu-edit', 'menu-view', 'menu-window', 'menu-help']) {
    await desktop.press('Down');
    await desktop.press('Right');
    await take(setting, name, { x: 0, y: 0, width: 520, height: name === 'menu' ? 350 : 480 });
    await desktop.press('Left');
  }
  await desktop.press('Escape');
  await menus.closed();
}

async function contextMenu(setting: Setting): Promise<void> {
  const { app, ui, desktop, menus } = setting;
  const answer = ui.getByText(`You said: ${QUESTION}`).last();
  await answer.evaluate(element => element.setAttribute('data-guide', ''));
  const box = await answer.boundingBox();
  const [, y] = await placeOf(app, ui, '[data-guide]');
  const x = BOUNDS.x + Math.round(box?.x ?? 0) + 40;
  await desktop.input(`mousemove ${x} ${y}`, 'click --repeat 2 1');
  await desktop.click(x, y, 3);
  expect(await menus.opened()).toContain(words.contextMenu.copy);
  const left = Math.max(0, x - BOUNDS.x - 260);
  await take(setting, 'context-menu', { x: left, y: y - BOUNDS.y - 90, width: 520, height: 210 });
  await desktop.press('Escape');
  await menus.closed();
  await ui.evaluate(() => getSelection()?.removeAllRanges());
}

async function find(setting: Setting): Promise<void> {
  const { app, desktop, theme } = setting;
  await desktop.press('ctrl+f');
  const bar = await pageAt(app, 'app://shell/find.html');
  await bar.emulateMedia({ colorScheme: theme });
  await expect.poll(() => bar.evaluate(() => document.hasFocus() && document.activeElement?.id)).toBe('text');
  await desktop.type('Baltic');
  await expect.poll(() => bar.locator('#count').textContent()).toMatch(/^1\/\d/);
  await take(setting, 'find', { x: 400, y: 0, width: 600, height: 260 });
  await desktop.press('Escape');
}

async function palette(setting: Setting): Promise<void> {
  const { ui, desktop } = setting;
  await desktop.input('mousemove 5 5');
  await desktop.press('ctrl+k');
  await ui.getByRole('combobox', { name: pageWords.palette.title }).waitFor();
  await take(setting, 'palette', { x: 150, y: 40, width: 700, height: 420 });
  await desktop.press('Escape');
}

async function download(setting: Setting): Promise<void> {
  const { app, ui, theme } = setting;
  await app.evaluate(({ session }) => {
    const path = `${process.env['HOME']}/fish.txt`;
    session.fromPartition('persist:cachibot').on('will-download', (_event, item) => item.setSavePath(path));
  });
  await ui.evaluate(() => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob(['herring']));
    link.download = 'fish.txt';
    link.click();
  });
  const bar = await pageAt(app, 'app://shell/download.html');
  await bar.emulateMedia({ colorScheme: theme });
  await expect.poll(() => bar.locator('#text').textContent()).toBe(words.downloads.saved('fish.txt'));
  await take(setting, 'download', { x: 480, y: 0, width: 520, height: 220 });
  await bar.keyboard.press('Escape').catch(() => {}); // the bar closes before the key is up
}

async function question(setting: Setting): Promise<void> {
  const { app, desktop } = setting;
  await desktop.press('ctrl+w');
  await untilFocused(app, false);
  await take(setting, 'background', { x: 120, y: 150, width: 760, height: 360 });
  await desktop.press('Escape');
  await untilFocused(app);
}

/** Native menus and dialogs have the colours of the desktop. */
const THEMES = { light: 'Adwaita', dark: 'Adwaita:dark' };

it.each(['light', 'dark'] as const)('pictures of the window, its menus and its bars, %s', async theme => {
  const screen = await openRecordedScreen();
  const desktop = await openDesktopSession({ display: screen.env['DISPLAY'] ?? '' });
  const home = temporaryFolder();
  const model = await openFakeModel();
  onTestFinished(() => void model.close());
  const env = { ...model.env, ...desktop.env, GTK_THEME: THEMES[theme] };
  const app = await startApp({ home, server: [python(), serverScript], env });
  const setting = { app, desktop, screen, theme };
  const first = await settledUi(app, home);
  await app.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds), BOUNDS);
  await first.emulateMedia({ colorScheme: theme });
  await first.getByLabel(firstUseWords.name).fill('Ada', LIMIT);
  await first.screenshot({ path: fileFor(setting, 'first-page'), fullPage: true });
  const ui = await makeAccount(app, home);
  await untilFocused(app);
  await say(ui, QUESTION);
  await ui.getByText(`You said: ${QUESTION}`).first().waitFor(LIMIT);
  await ui.addStyleTag({ content: '* { animation: none !important; caret-color: transparent !important; }' });
  const menus = await recordMenus(app);
  const failures: string[] = [];
  for (const row of [menu, contextMenu, find, palette, download, question])
    await row({ ...setting, ui, menus }).catch(error => failures.push(`${row.name}: ${error}`));
  expect(failures).toEqual([]);
});

it.each(['light', 'dark'] as const)('pictures of the tray’s menu and of a notification, %s', async theme => {
  const screen = await openRecordedScreen();
  const look = { GTK_THEME: THEMES[theme] };
  const desktop = await openXfceDesktop({ display: screen.env['DISPLAY'] ?? '', env: look });
  const home = temporaryFolder();
  const profile = join(home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  writeFileSync(join(profile, 'settings.json'), JSON.stringify({ runInBackground: 'on' }));
  const model = await openFakeModel();
  onTestFinished(() => void model.close());
  const app = await startApp({
    home,
    server: [python(), serverScript],
    env: { ...model.env, ...desktop.env, ...look },
  });
  const ui = await makeAccount(app, home);
  const save = async (name: string, part: Part) => {
    await untilStill(screen, part);
    screen.look().save(fileFor({ theme }, name), part);
  };
  const hide = async () => {
    await untilFocused(app);
    await desktop.press('ctrl+w');
    await expect.poll(() => visibleWindows(app)).toEqual([]);
  };
  await hide();
  const { x, y } = desktop.trayPlace;
  await desktop.click(x, y, 3);
  await save('tray', { x: x - 240, y: y - 190, width: 254, height: 204 });
  // The panel draws the menu, and reports what is chosen in it. The first item only shows the status.
  await desktop.press('Down');
  await desktop.press('Return');
  await expect.poll(() => visibleWindows(app)).toEqual([UI]);

  await hide();
  await say(ui, QUESTION);
  await ui.getByText(`You said: ${QUESTION}`).first().waitFor(LIMIT);
  const place = desktop.notificationPlace;
  const isShown = () => screen.look().colours(place.x, place.y, place.width, place.height).size > 1;
  await expect.poll(isShown, LIMIT).toBe(true);
  await save('notification', place);
  // Its button is at the right below the text.
  await desktop.click(place.x + place.width - 70, 88);
  await expect.poll(() => visibleWindows(app)).toEqual([ui.url()]);
});
