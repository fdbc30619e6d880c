/** The menu of a right click on each kind of place, in a real window. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import { openUi } from '../../drivers/electron-app';

const { openLink, copyLink, copyMail, copyImage, saveImage, copyImageAddress, search } = words.contextMenu;
const { undo, redo, cut, copy, paste, pasteAndMatchStyle, selectAll } = words.contextMenu;

/** A green square. */
const SQUARE = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="green"/></svg>')}`;

const PLACES = `<div id="places" style="position: fixed; inset: 100px 0 0; background: white">
  <p><a id="web" href="https://a.example/x?y=1#z">web</a> <a id="mail" href="mailto:ada@a.example?subject=x">mail</a>
  <a id="chat" href="/chats/1">chat</a> <a id="script" href="javascript:void 0">script</a></p>
  <p id="words">two words</p> <textarea id="field">two words</textarea>
  <p><img id="picture" src="${SQUARE}" width="40" height="40">
  <img id="fetched" title="https://a.example/cat.png" src="${SQUARE}" width="40" height="40"></p>
  <iframe id="frame" sandbox srcdoc="<a href='https://a.example/'>in a frame</a>"></iframe></div>`;

async function openPlaces() {
  const opened = await openUi();
  const { app, ui } = opened;
  await ui.evaluate(html => document.body.insertAdjacentHTML('beforeend', html), PLACES);
  await app.evaluate(({ Menu }) => {
    Menu.prototype.popup = function popup(options) {
      Object.assign(globalThis, { shownMenu: this, shownAt: options });
    };
  });
  return opened;
}

/** The labels of the menu that is shown, and forgets it. A line stands for a separator. */
async function shownMenu(app: ElectronApplication): Promise<string[]> {
  const labels = () =>
    app.evaluate(() => {
      const { shownMenu } = globalThis as unknown as { shownMenu?: Electron.Menu };
      return shownMenu?.items.map(({ type, label }) => (type === 'separator' ? '—' : label)) ?? [];
    });
  await expect.poll(labels).not.toEqual([]);
  return labels();
}

async function rightClick(app: ElectronApplication, ui: Page, x: number, y: number): Promise<string[]> {
  await app.evaluate(() => Object.assign(globalThis, { shownMenu: undefined }));
  await ui.mouse.click(x, y, { button: 'right' });
  return shownMenu(app);
}

async function rightClickOn(app: ElectronApplication, ui: Page, selector: string): Promise<string[]> {
  const { x, y, width, height } = (await ui.locator(selector).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  return rightClick(app, ui, x + width / 2, y + height / 2);
}

/** Clicks an item of the menu that is shown. */
function choose(app: ElectronApplication, label: string): Promise<void> {
  return app.evaluate(({ BrowserWindow }, label) => {
    const { shownMenu } = globalThis as unknown as { shownMenu: Electron.Menu };
    const window = BrowserWindow.getAllWindows().find(one => one.webContents.getURL().startsWith('http:'));
    shownMenu.items.find(item => item.label === label)?.click(undefined, window, window?.webContents);
  }, label);
}

it('offers what fits the place, and does what the user chooses', async () => {
  const { app, ui, opened } = await openPlaces();
  const copied = () => app.evaluate(({ clipboard }) => clipboard.readText());
  const field = [undo, redo, '—', cut, copy, paste, pasteAndMatchStyle, '—', selectAll];
  for (const [selector, labels] of [
    ['#script', [selectAll]],
    ['#chat', [selectAll]],
    ['#field', field],
    ['#picture', [copyImage, saveImage, '—', selectAll]],
    ['#fetched', [copyImage, saveImage, copyImageAddress, '—', selectAll]],
    ['#mail', [openLink, copyMail, '—', selectAll]],
    ['#web', [openLink, copyLink, '—', selectAll]],
  ] as const) {
    expect(await rightClickOn(app, ui, selector), selector).toEqual(labels);
  }

  await choose(app, copyLink);
  expect(await copied()).toBe('https://a.example/x?y=1#z');
  await choose(app, openLink);
  await expect.poll(opened).toEqual(['https://a.example/x?y=1#z']);
  await rightClickOn(app, ui, '#mail');
  await choose(app, copyMail);
  expect(await copied()).toBe('ada@a.example');
  await rightClickOn(app, ui, '#fetched');
  await choose(app, copyImageAddress);
  expect(await copied()).toBe('https://a.example/cat.png');
  await choose(app, copyImage);
  await expect.poll(() => app.evaluate(({ clipboard }) => clipboard.has('image/png'))).toBe(true);

  await ui.locator('#words').selectText();
  expect(await rightClickOn(app, ui, '#words')).toEqual([copy, search('two words'), '—', selectAll]);
  await choose(app, search('two words'));
  await expect.poll(opened).toEqual(['https://a.example/x?y=1#z', 'https://duckduckgo.com/?q=two+words']);

  // Links in a frame open nothing.
  const frame = await ui.locator('#frame').boundingBox();
  expect(await rightClick(app, ui, (frame?.x ?? 0) + 30, (frame?.y ?? 0) + 18)).toEqual([copyLink, '—', selectAll]);
});

it('opens at the text when the user presses the key for it', async () => {
  const { app, ui } = await openPlaces();
  await ui.locator('#field').focus();
  await app.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows().find(one => one.webContents.getURL().startsWith('http:'));
    window?.webContents.sendInputEvent({ type: 'keyDown', keyCode: 'F10', modifiers: ['shift'] });
    window?.webContents.sendInputEvent({ type: 'keyUp', keyCode: 'F10', modifiers: ['shift'] });
  });
  expect(await shownMenu(app)).toContain(pasteAndMatchStyle);
  const at = await app.evaluate(() => (globalThis as unknown as { shownAt: { x: number; y: number } }).shownAt);
  const box = await ui.locator('#field').boundingBox();
  expect(at.x).toBeGreaterThanOrEqual(Math.floor(box?.x ?? 0));
  expect(at.y).toBeGreaterThanOrEqual(Math.floor(box?.y ?? 0));
});

it('does nothing when the window has closed while the menu was open', async () => {
  const { app, ui } = await openPlaces();
  expect(await rightClickOn(app, ui, '#picture')).toContain(copyImage);
  await app.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) window.destroy();
  });
  for (const label of [copyImage, saveImage]) await choose(app, label);
  expect(await app.evaluate(({ app }) => app.isReady()), 'the app still runs').toBe(true);
});
