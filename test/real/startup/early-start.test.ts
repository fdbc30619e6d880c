/** The page can be used while the server starts. Real Electron, real CachiBot, whose import waits for a file. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import pageWords from '../../../desktop/cachibot_desktop/patches/page/words.json';
import { mainLog, python, quitApp, serverScript, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';
import { type OpenChat, openChat, settledUi } from '../../drivers/user-journey';

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

/** Starts the app, and again with a server that is not ready yet. */
async function startEarly(): Promise<OpenChat & { start(): void }> {
  const chat = await openChat();
  await untilRemembered(chat.ui);
  await quitApp(chat.app);
  const { server, start } = openSlowServer();
  const app = await startApp({ ...chat.setting, server });
  return { ...chat, app, ui: await shownUi(app), start };
}

it('can be written in while the server starts, and sends the message once it is connected', async () => {
  const { home, app, ui, start } = await startEarly();
  expect(mainLog(home).match(READY), 'starts of the server').toHaveLength(1);
  const box = ui.locator('.chat-textarea');
  expect(await ui.evaluate(() => document.activeElement?.className), 'the focus').toContain('chat-textarea');
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())).toBe(true);
  await ui.getByText(pageWords.connecting, { exact: true }).waitFor();

  await box.fill('the first thought');
  await box.press('Enter');
  await ui.getByText(pageWords.sentLater, { exact: true }).waitFor();
  await box.fill('the second thought');
  await ui.getByText(pageWords.connecting, { exact: true }).waitFor();
  await box.press('Enter');
  await ui.getByText(pageWords.sentLater, { exact: true }).waitFor();
  expect(await box.inputValue()).toBe('the second thought');

  start();
  await ui.getByText('You said: the second thought').first().waitFor({ timeout: 60_000 });
  expect(await box.inputValue()).toBe('');
  expect(await ui.getByText('the first thought').count()).toBe(0);
});

it('sends nothing that was changed afterwards', async () => {
  const { ui, home, model, start } = await startEarly();
  const box = ui.locator('.chat-textarea');
  await box.fill('a thought');
  await box.press('Enter');
  await box.fill('another thought');
  start();
  await expect.poll(() => mainLog(home).match(READY)).toHaveLength(2);
  await ui.getByText('Connected', { exact: true }).waitFor();
  await ui.waitForTimeout(500);
  expect(await box.inputValue()).toBe('another thought');
  expect(model.questions).toEqual([]);
});

it('sends a message that waits after a reload, too', async () => {
  const { ui, start } = await startEarly();
  const box = ui.locator('.chat-textarea');
  await box.fill('a thought');
  await box.press('Enter');
  await ui.getByText(pageWords.sentLater, { exact: true }).waitFor();
  await ui.reload();
  await ui.getByText(pageWords.sentLater, { exact: true }).waitFor();
  expect(await box.inputValue()).toBe('a thought');
  start();
  await ui.getByText('You said: a thought').first().waitFor({ timeout: 60_000 });
});

it('shows the log-in page when the log-in is refused, and sends nothing that waited', async () => {
  const { app, ui, setting } = await openChat();
  await untilRemembered(ui);
  await ui.evaluate(() => {
    const login = JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}');
    const token = `e30.${btoa(JSON.stringify({ exp: 4e9 }))}.e30`;
    Object.assign(login.state, { accessToken: token, refreshToken: token });
    localStorage.setItem('cachibot-auth', JSON.stringify(login));
  });
  await quitApp(app);
  const { server, start } = openSlowServer();
  const again = await shownUi(await startApp({ ...setting, server }));
  // The account without a password would log in by itself.
  await again.route('**/api/desktop/login', route => route.fulfill({ status: 403 }));
  const asked: string[] = [];
  again.on('request', request => asked.push(new URL(request.url()).pathname));
  start();
  await again.waitForURL('**/login', { timeout: 60_000 });
  expect(asked.filter(path => path.startsWith('/api/') && !/^\/api\/(auth|desktop|health)/.test(path))).toEqual([]);
});

it('renews a log-in that has run out before it asks for anything else', async () => {
  const { ui } = await openChat();
  await untilRemembered(ui);
  const responses: { path: string; status: number }[] = [];
  ui.on('response', response => responses.push({ path: new URL(response.url()).pathname, status: response.status() }));
  for (const expires of [1, 4e9]) {
    // A token that has run out, and one of another account.
    await ui.evaluate(exp => {
      const login = JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}');
      login.state.accessToken = `e30.${btoa(JSON.stringify({ exp }))}.e30`;
      localStorage.setItem('cachibot-auth', JSON.stringify(login));
    }, expires);
    await ui.reload();
    await ui.getByText('Connected', { exact: true }).waitFor({ timeout: 30_000 });
  }
  expect(responses.filter(({ path, status }) => status >= 400 && !path.startsWith('/api/auth/'))).toEqual([]);
  const ofPlugins = responses.filter(({ path }) => path === '/api/plugins/external');
  expect(
    ofPlugins.map(({ status }) => status),
    'a request that waited',
  ).toEqual([200, 200]);
});

it('asks the server first when another user is logged in', async () => {
  const { ui, setting, app, home } = await openChat();
  await untilRemembered(ui);
  await ui.evaluate(() => {
    const known = JSON.parse(localStorage.getItem('cachibot-desktop:start') ?? '{}');
    localStorage.setItem('cachibot-desktop:start', JSON.stringify({ ...known, user: 'another user' }));
    // The page writes it again when a setting arrives.
    const { setItem, removeItem } = Storage.prototype;
    Storage.prototype.setItem = function (name, text) {
      if (name !== 'cachibot-desktop:start') setItem.call(this, name, text);
    };
    Storage.prototype.removeItem = function (name) {
      if (name !== 'cachibot-desktop:start') removeItem.call(this, name);
    };
  });
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
