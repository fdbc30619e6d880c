// @module-tag linux: uses electron-app.ts

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keysOfRole, ROLE_SHORTCUTS, type Role } from '../../../desktop/window/core/shortcuts';
import { SITES } from '../../../desktop/window/core/sites';
import { words } from '../../../desktop/words/en';
import { expectAccessible } from '../../drivers/accessibility';
import {
  clickToClose,
  openUi,
  outputFolder,
  pageAt,
  shownUi,
  startApp,
  temporaryFolder,
  UI,
} from '../../drivers/electron-app';
import { press } from '../../drivers/keys';
import { chooseFromMenu } from '../../drivers/menu';

it('has a native menu with the roles for editing and quitting, and the commands with their keys', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(app);
  const roles = await app.evaluate(({ Menu }) => {
    const all = (menu?: Electron.Menu | null): string[] =>
      (menu?.items ?? []).flatMap(item => [item.role ?? '', ...all(item.submenu)]);
    return all(Menu.getApplicationMenu()).map(role => role.toLowerCase());
  });
  expect(roles).toEqual(expect.arrayContaining(['undo', 'redo', 'cut', 'copy', 'paste', 'selectall', 'quit']));
  const keys = await app.evaluate(({ Menu }) =>
    ['reload', 'zoomIn', 'find', 'print', 'settings'].map(
      id => Menu.getApplicationMenu()?.getMenuItemById(id)?.accelerator,
    ),
  );
  expect(keys).toEqual(['CmdOrCtrl+R', 'CmdOrCtrl+Plus', 'CmdOrCtrl+F', 'CmdOrCtrl+P', 'CmdOrCtrl+,']);
  const ofRoles = await app.evaluate(({ Menu }) => {
    const items = (Menu.getApplicationMenu()?.items ?? []).flatMap(({ submenu }) => submenu?.items ?? []);
    return Object.fromEntries(items.map(({ role, accelerator }) => [role?.toLowerCase() ?? '', accelerator]));
  });
  for (const role of Object.keys(ROLE_SHORTCUTS) as Role[])
    expect(ofRoles[role.toLowerCase()], role).toBe(keysOfRole(role, false)[0]);
});

it.each([
  ['opens with Alt', ['keyDown Alt', 'keyUp Alt'], true],
  ['opens with F10', ['keyDown F10', 'keyUp F10'], true],
  ['does not open with Shift and F10, which open the page’s menu', ['keyDown F10 shift', 'keyUp F10 shift'], false],
  ['does not open with Alt and a click', ['keyDown Alt', 'mouseDown', 'mouseUp', 'keyUp Alt'], false],
  ['does not open with Alt and the wheel', ['keyDown Alt', 'mouseWheel', 'keyUp Alt'], false],
  ['does not open with Alt and another key', ['keyDown Alt', 'keyDown f', 'keyUp f', 'keyUp Alt'], false],
])('the menu of a window without a frame %s', async (_what, keys, opens) => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(app);
  const opened = await app.evaluate(async ({ BrowserWindow, Menu }, events) => {
    let labels: string[] = [];
    Menu.prototype.popup = function popup() {
      labels = this.items.map(item => item.label);
    };
    const window = BrowserWindow.getAllWindows().find(one => one.webContents.getURL().startsWith('http:'));
    for (const [type = '', keyCode = '', ...modifiers] of events.map(event => event.split(' ')))
      window?.webContents.sendInputEvent({
        type,
        keyCode,
        modifiers,
        x: 300,
        y: 300,
        deltaY: 1,
      } as Electron.KeyboardInputEvent);
    // A tap of Alt counts once no event of the mouse has followed.
    await new Promise(resolve => setTimeout(resolve, 300));
    return labels;
  }, keys);
  expect(opened.includes(words.menu.help)).toBe(opens);
});

it('has a different letter for each item of a menu', async () => {
  const { app } = await openUi();
  const menus = await app.evaluate(({ Menu }) => {
    const menus = Menu.getApplicationMenu()?.items ?? [];
    const labels = (menu?: Electron.Menu | null) => (menu?.items ?? []).map(item => item.label);
    return [menus.map(menu => menu.label), ...menus.map(menu => labels(menu.submenu))];
  });
  expect(menus).toHaveLength(6);
  for (const labels of menus) {
    const letters = labels.flatMap(label => /&(.)/.exec(label)?.[1]?.toLowerCase() ?? []);
    expect(letters.toSorted(), labels.join(', ')).toEqual([...new Set(letters)].toSorted());
    expect(letters.length, labels.join(', ')).toBeGreaterThan(1);
  }
});

it('opens CachiBot’s own addresses without a question, and the folder of the user’s files', async () => {
  const { home, app, opened } = await openUi();
  const folders = await app.evaluate(({ shell }) => {
    const paths: string[] = [];
    Object.assign(globalThis, { folders: paths });
    shell.openPath = async path => (paths.push(path) === 1 ? '' : 'There is no such folder.');
    return paths;
  });
  expect(folders).toEqual([]);
  for (const site of ['documentation', 'website', 'releaseNotes'] as const) {
    await chooseFromMenu(app, site);
    await expect.poll(async () => (await opened()).at(-1)).toBe(SITES[site]);
  }
  await chooseFromMenu(app, 'open-workspace');
  const paths = () => app.evaluate(() => (globalThis as unknown as { folders: string[] }).folders);
  await expect.poll(paths).toEqual([join(home, 'CachiBot')]);

  // A folder that cannot be opened is said.
  const said = () => app.evaluate(() => (globalThis as unknown as { said?: string }).said);
  await app.evaluate(({ dialog }) => {
    dialog.showMessageBox = async (...args: unknown[]) => {
      Object.assign(globalThis, { said: (args.at(-1) as Electron.MessageBoxOptions).message });
      return { response: 0, checkboxChecked: false };
    };
  });
  await chooseFromMenu(app, 'open-workspace');
  await expect.poll(said).toBe(words.menu.folderNotOpened);
});

it('lists all keys in a window, which Escape closes', async () => {
  const address = 'app://shortcuts/shortcuts.html';
  const { app } = await openUi();
  await press(app, UI, 'control+/');
  const list = await pageAt(app, address);
  await list.getByRole('heading', { name: words.shortcuts.title }).waitFor();
  expect(await list.locator('dt').allTextContents()).toEqual(expect.arrayContaining(['New Chat', 'Reload', 'Quit']));
  await expectAccessible(list);
  for (const colorScheme of ['light', 'dark'] as const) {
    await list.emulateMedia({ colorScheme });
    await list.screenshot({ path: join(outputFolder(), `shortcuts-${colorScheme}.png`) });
  }
  await press(app, address, 'Escape');
  await expect.poll(() => app.windows().filter(page => page.url() === address).length).toBe(0);
  await chooseFromMenu(app, 'shortcuts');
  await clickToClose(await pageAt(app, address), '#close');
  await expect.poll(() => app.windows().filter(page => page.url() === address).length).toBe(0);
});
