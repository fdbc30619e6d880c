/** Text that is typed and not sent stays in its chat or room. Real Electron, real CachiBot, and a fake model. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { quitApp, startApp, UI } from '../../drivers/electron-app';
import { openRoom, roomBox } from '../../drivers/rooms';
import { openChat, say, settledUi } from '../../drivers/user-journey';

const chatBox = (ui: Page) => ui.getByPlaceholder(/^Message CachiBot/);
const typed = (ui: Page) => expect.poll(() => chatBox(ui).inputValue(), { timeout: 60_000 });
const SETTLED_MS = 4_000;

it('keeps what is typed over a reload, a crash and a restart, in its chat, until it is sent or emptied', {
  timeout: 120_000,
}, async () => {
  const { home, app, ui, setting } = await openChat();
  await say(ui, 'A chat');
  await ui.getByText('You said: A chat').first().waitFor({ timeout: 60_000 });
  const chat = new URL(ui.url()).pathname;
  expect(chat).toMatch(/^\/default\/chats\/./);
  await chatBox(ui).fill('in the chat');

  await leaveAndReturn(ui);
  await ui.reload();
  await typed(ui).toBe('in the chat');
  await ui.waitForTimeout(SETTLED_MS); // it was lost after 4 s
  expect(await chatBox(ui).inputValue()).toBe('in the chat');

  const room = await openRoom(ui, { one: 'ollama/fake:latest', two: 'ollama/fake:latest' });
  await room.fill('in the room');
  const path = ui.url();
  await ui.goto(`${UI.slice(0, -1)}${chat}`);
  await typed(ui).toBe('in the chat');

  await crash(app, ui);
  await expect.poll(() => shown(app), { timeout: 60_000 }).toEqual([chat, 'in the chat']);
  await quitApp(app);

  const again = await settledUi(await startApp(setting), home);
  await again.locator('.sidebar-chat-item', { hasText: 'A chat' }).click({ timeout: 60_000 });
  await typed(again).toBe('in the chat');
  await again.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
  await chatBox(again).press('Enter');
  await again.getByText('You said: in the chat').first().waitFor({ timeout: 60_000 });
  await again.reload();
  await again.getByText('You said: in the chat').first().waitFor({ timeout: 60_000 });
  expect(await chatBox(again).inputValue(), 'sent').toBe('');

  await again.goto(path);
  const roomAgain = await roomBox(again);
  expect(await roomAgain.inputValue()).toBe('in the room');
  await roomAgain.fill('');
  await again.reload();
  const emptied = await roomBox(again);
  await again.waitForTimeout(SETTLED_MS);
  expect(await emptied.inputValue(), 'emptied').toBe('');
});

/** Types in a new chat, then opens the first chat, through the settings. */
async function leaveAndReturn(ui: Page): Promise<void> {
  const path = new URL(ui.url()).pathname;
  await ui.getByTitle('New', { exact: true }).click();
  await ui.locator('.create-picker__card').first().click();
  await expect.poll(() => new URL(ui.url()).pathname).not.toBe(path);
  await typed(ui).toBe('');
  await chatBox(ui).fill('in the new chat');
  await ui.locator('.sidebar-chat-item', { hasText: 'A chat' }).click();
  await typed(ui).toBe('in the chat');
  await ui.locator('.sidebar-chat-item', { hasText: 'New Chat' }).click();
  await typed(ui).toBe('in the new chat');
  await ui.locator('.sidebar-chat-item', { hasText: 'A chat' }).click();
  await typed(ui).toBe('in the chat');
}

/** Crashes the page’s process. Playwright cannot use the page afterwards. */
async function crash(app: ElectronApplication, ui: Page): Promise<void> {
  const crashed = new Promise(resolve => ui.once('crash', resolve));
  await app.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows().find(({ webContents }) => webContents.getURL().startsWith('http:'));
    window?.webContents.forcefullyCrashRenderer();
  });
  await crashed;
}

/** Path of the page, and the text in its message box. */
function shown(app: ElectronApplication): Promise<unknown> {
  return app.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows().find(({ webContents }) => webContents.getURL().startsWith('http:'));
    const read = "[location.pathname, document.querySelector('textarea.chat-textarea')?.value]";
    const late = new Promise(resolve => setTimeout(resolve, 1000)); // a page that crashes never answers
    return Promise.race([late, window?.webContents.executeJavaScript(read).catch(String)]);
  });
}
