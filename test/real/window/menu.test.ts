// @module-tag linux: uses electron-app.ts

import { expect, it } from 'vitest';
import { shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';

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
    ['reload', 'zoomIn', 'find', 'print'].map(id => Menu.getApplicationMenu()?.getMenuItemById(id)?.accelerator),
  );
  expect(keys).toEqual(['CmdOrCtrl+R', 'CmdOrCtrl+Plus', 'CmdOrCtrl+F', 'CmdOrCtrl+P']);
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
  const opened = await app.evaluate(({ BrowserWindow, Menu }, events) => {
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
    return labels;
  }, keys);
  expect(opened.includes('Help')).toBe(opens);
});
