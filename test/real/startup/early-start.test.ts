/** The page can be used while the server starts. Real Electron, real CachiBot, whose import waits for a file. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import pageWords from '../../../desktop/cachibot_desktop/patches/page/words.json';
import { mainLog, python, quitApp, serverScript, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';
import { type OpenChat, openChat, say, settledUi } from '../../drivers/user-journey';

const READY = /"phase":"ready"/g;

/** A server that does not import CachiBot's API before `start` is called. */
function openSlowServer(): { server: string[]; start(): void } {
  const folder = temporaryFolder();
  const [script, started] = [join(folder, 'slow_server.py'), join(folder, 'started')];
  writeFileSync(
    script,
    `import os, runpy, sys, time
class Waiting:
    def find_spec(self, name, path=None, target=None):
        while name == "cachibot.api.server" and not os.path.exists(${JSON.stringify(started)}):
            time.sleep(0.02)
sys.meta_path.insert(0, Waiting())
sys.path.insert(0, ${JSON.stringify(join(serverScript, '..'))})
runpy.run_path(${JSON.stringify(serverScript)}, run_name="__main__")
`,
  );
  return { server: [python(), script], start: () => writeFileSync(started, '') };
}

/** Waits until the page has everything that it needs for its next start. */
async function untilRemembered(ui: Page): Promise<void> {
  await expect.poll(() => ui.evaluate(() => localStorage.getItem('cachibot-desktop:start'))).not.toBeNull();
}

async function beginChat(ui: Page): Promise<void> {
  await say(ui, 'A chat');
  await ui.getByText('You said: A chat').first().waitFor({ timeout: 60_000 });
}

/** Starts the app, and again with a server that is not ready yet. */
async function startEarly(prepare = untilRemembered): Promise<OpenChat & { start(): void }> {
  const chat = await openChat();
  await prepare(chat.ui);
  await untilRemembered(chat.ui);
  await quitApp(chat.app);
  const { server, start } = openSlowServer();
  const app = await startApp({ ...chat.setting, server });
  return { ...chat, app, ui: await shownUi(app), start };
}

const messageBox = (ui: Page) => ui.locator('.chat-textarea');
const bubbles = (ui: Page) => ui.locator('.chat-message__bubble').allInnerTexts();
const connected = (ui: Page) => ui.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });

/** Sends a text, which waits for the connection. */
async function sendLater(ui: Page, text: string): Promise<void> {
  await messageBox(ui).fill(text);
  await messageBox(ui).press('Enter');
  await ui.getByText(pageWords.sentLater, { exact: true }).waitFor();
}

/** Opens an address of the page without loading it. */
const goTo = (ui: Page, path: string) =>
  ui.evaluate(
    to => (window as unknown as { cachibotDesktop: { goTo(path: string): void } }).cachibotDesktop.goTo(to),
    path,
  );

it('can be written in while the server starts, and sends the message once it is connected', async () => {
  const { home, app, ui, model, start } = await startEarly();
  expect(mainLog(home).match(READY), 'starts of the server').toHaveLength(1);
  const box = messageBox(ui);
  expect(await ui.evaluate(() => document.activeElement?.className), 'the focus').toContain('chat-textarea');
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())).toBe(true);
  await ui.getByText(pageWords.connecting, { exact: true }).waitFor();

  await sendLater(ui, 'the first thought');
  await box.fill('the second thought');
  await ui.getByText(pageWords.connecting, { exact: true }).waitFor();
  await sendLater(ui, 'the second thought');
  expect(await box.inputValue()).toBe('the second thought');
  expect(await bubbles(ui)).toEqual([]);

  start();
  await ui.getByText('You said: the second thought').first().waitFor({ timeout: 60_000 });
  expect(await box.inputValue()).toBe('');
  expect(await bubbles(ui)).toEqual(['the second thought', 'You said: the second thought']);
  expect(new URL(ui.url()).pathname).toMatch(/^\/default\/chats\/./);
  expect(model.questions).toEqual(['the second thought']);
});

it('sends the messages of all chats, while another page is open', async () => {
  const { ui, model, start } = await startEarly(beginChat);
  await sendLater(ui, 'in the chat');
  const chat = new URL(ui.url()).pathname;
  await ui.getByTitle('New', { exact: true }).click();
  await ui.locator('.create-picker__card').first().click();
  await expect.poll(() => messageBox(ui).inputValue()).toBe('');
  await sendLater(ui, 'in the new chat');
  const newChat = new URL(ui.url()).pathname;
  await goTo(ui, '/settings');
  await messageBox(ui).waitFor({ state: 'hidden' });

  start();
  const questions = ['A chat', 'in the chat', 'in the new chat'];
  await expect.poll(() => model.questions.toSorted(), { timeout: 60_000 }).toEqual(questions);
  expect(new URL(ui.url()).pathname).toBe('/settings');
  for (const [path, texts] of [
    [newChat, ['in the new chat']],
    [chat, ['A chat', 'in the chat']],
  ] as const) {
    await goTo(ui, path);
    const all = texts.flatMap(text => [text, `You said: ${text}`]);
    await expect.poll(() => bubbles(ui), { timeout: 60_000 }).toEqual(all);
    expect(await messageBox(ui).inputValue()).toBe('');
  }
  expect(model.questions.toSorted()).toEqual(questions);
});

it('sends nothing that was changed afterwards', async () => {
  const { ui, model, start } = await startEarly();
  await sendLater(ui, 'a thought');
  await messageBox(ui).fill('another thought');
  start();
  await connected(ui);
  await ui.waitForTimeout(500);
  expect(await messageBox(ui).inputValue()).toBe('another thought');
  expect(model.questions).toEqual([]);
});

it('sends a message that waits after a reload, too, once', async () => {
  const { ui, model, start } = await startEarly(beginChat);
  await sendLater(ui, 'a thought');
  await ui.reload();
  await ui.getByText(pageWords.sentLater, { exact: true }).waitFor();
  expect(await messageBox(ui).inputValue()).toBe('a thought');
  start();
  await ui.getByText('You said: a thought').first().waitFor({ timeout: 60_000 });
  await ui.reload();
  await connected(ui);
  await ui.waitForTimeout(500);
  expect(await bubbles(ui)).toEqual(['A chat', 'You said: A chat', 'a thought', 'You said: a thought']);
  expect(await messageBox(ui).inputValue()).toBe('');
  expect(await ui.evaluate(() => localStorage.getItem('cachibot-desktop:drafts')), 'of any chat').toBe('{}');
  expect(model.questions).toEqual(['A chat', 'a thought']);
});

/** Changes values in the page's storage, which the page itself can't write from now on: a setting may still arrive. */
async function changeStored(ui: Page, changes: Record<string, object>): Promise<void> {
  await ui.evaluate(changes => {
    for (const [key, change] of Object.entries(changes))
      localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key) ?? '{}'), ...change }));
    const { setItem, removeItem } = Storage.prototype;
    Storage.prototype.setItem = function (key, text) {
      if (!(key in changes)) setItem.call(this, key, text);
    };
    Storage.prototype.removeItem = function (key) {
      if (!(key in changes)) removeItem.call(this, key);
    };
  }, changes);
}

/** Makes another user the last one who was logged in, whom the server does not know. */
async function becomeBob(ui: Page): Promise<void> {
  const token = `e30.${btoa(JSON.stringify({ exp: 4e9 }))}.e30`;
  const state = await ui.evaluate(() => JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}').state);
  const login = { user: { id: 'bob', role: 'admin' }, accessToken: token, refreshToken: token };
  await changeStored(ui, {
    'cachibot-auth': { state: { ...state, ...login } },
    'cachibot-desktop:start': { user: 'bob' },
  });
}

it('shows the log-in page when the log-in is refused, and never sends what waited, even after another user logs in', async () => {
  const { app, ui, setting, model } = await openChat();
  await untilRemembered(ui);
  await becomeBob(ui);
  await quitApp(app);
  const { server, start } = openSlowServer();
  const again = await shownUi(await startApp({ ...setting, server }));
  await sendLater(again, 'a secret of bob');
  // The account without a password would log in by itself.
  await again.route('**/api/desktop/login', route => route.fulfill({ status: 403 }));
  const asked: string[] = [];
  again.on('request', request => asked.push(new URL(request.url()).pathname));
  start();
  await again.waitForURL('**/login', { timeout: 60_000 });
  expect(asked.filter(path => path.startsWith('/api/') && !/^\/api\/(auth|desktop|health)/.test(path))).toEqual([]);

  await again.unroute('**/api/desktop/login');
  await again.reload();
  await connected(again);
  await again.waitForTimeout(500);
  expect(
    await again.evaluate(() => JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}').state.user.username),
  ).toBe('ada');
  expect(await messageBox(again).inputValue()).toBe('');
  expect(await bubbles(again)).toEqual([]);
  expect(model.questions).toEqual([]);
});

it('renews a log-in that has run out before it asks for anything else', async () => {
  const { ui } = await openChat();
  await untilRemembered(ui);
  const refused: string[] = [];
  /** Statuses of a request that waits, of the page that is loaded now. */
  const waited: number[] = [];
  ui.on('response', response => {
    if (response.request().isNavigationRequest()) waited.length = 0;
    const { pathname } = new URL(response.url());
    if (pathname === '/api/plugins/external') waited.push(response.status());
    if (response.status() >= 400 && !pathname.startsWith('/api/auth/')) refused.push(pathname);
  });
  // A token that has run out, and one of another account.
  for (const expires of [1, 4e9]) {
    await ui.evaluate(exp => {
      const login = JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}');
      login.state.accessToken = `e30.${btoa(JSON.stringify({ exp }))}.e30`;
      localStorage.setItem('cachibot-auth', JSON.stringify(login));
    }, expires);
    await ui.reload();
    await connected(ui);
    await expect.poll(() => waited, { message: 'a request that waited' }).toEqual([200]);
  }
  expect(refused).toEqual([]);
});

it('asks the server first when another user is logged in', async () => {
  const { ui, setting, app, home } = await openChat();
  await untilRemembered(ui);
  await changeStored(ui, { 'cachibot-desktop:start': { user: 'another user' } });
  await quitApp(app);
  const { server, start } = openSlowServer();
  const again = await startApp({ ...setting, server });
  const isUi = (page: Page) => page.url().startsWith('http');
  await expect.poll(() => again.windows().some(isUi), { timeout: 30_000 }).toBe(true);
  const page = again.windows().find(isUi)!;
  await page.locator('.app-loader').waitFor({ state: 'attached' });
  await page.waitForTimeout(500);
  expect(await page.locator('.chat-textarea').count()).toBe(0);
  start();
  const settled = await settledUi(again, home);
  await settled.locator('.chat-textarea').waitFor();
});
