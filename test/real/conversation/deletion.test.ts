/** Deletions in the page reach the database: real Electron, real CachiBot. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { databaseIn, messagesIn } from '../../drivers/data';
import { python, quitApp, serverPid, startApp, UI } from '../../drivers/electron-app';
import { until } from '../../drivers/poll';
import { callApi, openChat, say, settledUi } from '../../drivers/user-journey';

/** Waits until the page has received everything that it requests at its start, such as the lists of the server. */
async function untilLoaded(ui: Page): Promise<void> {
  await ui.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
  const countOf = () => ui.evaluate(() => performance.getEntriesByType('resource').length);
  let last = -1;
  const isQuiet = async () => {
    const before = last;
    last = await countOf();
    return last === before;
  };
  // Longer than the page waits before it reads chats of the database (RETRY_MS in `filling.js`).
  await until('no more requests of the page', isQuiet, { pauseMs: 3_000 });
  const filled = () => ui.evaluate(() => localStorage.getItem('cachibot-desktop:filled'));
  await expect.poll(filled, { timeout: 60_000 }).toBe('done');
}

it('deletes a chat, a bot and everything in the database, too', { timeout: 300_000 }, async () => {
  const { home, app, ui, setting } = await openChat();
  const messages = () => messagesIn(databaseIn(home), python());
  const answered = async (text: string) => {
    await say(ui, text);
    await ui.getByText(`You said: ${text}`).first().waitFor({ timeout: 60_000 });
    await expect.poll(messages).toContain(`You said: ${text}`);
  };

  await answered('first');
  await ui.locator('.sidebar-chat-item__menu-btn').first().click({ force: true });
  await ui.locator('.context-menu__item--danger').click();
  await expect.poll(messages, { timeout: 20_000 }).toEqual([]);

  await ui.goto(UI);
  await answered('second');
  const now = new Date().toISOString();
  const bot = {
    id: 'b1',
    name: 'Second',
    model: '',
    systemPrompt: 'x',
    capabilities: {},
    createdAt: now,
    updatedAt: now,
  };
  await callApi(ui, 'PUT', '/api/bots/b1', bot);
  await ui.goto(`${UI}settings`);
  await ui.getByText(/^Data/).first().click({ timeout: 60_000 });
  await ui.getByRole('button', { name: 'Delete Everything' }).click();
  const reloaded = ui.waitForEvent('load');
  await ui.locator('.settings-modal__confirm-btn--danger').click();
  await reloaded;
  await expect.poll(messages, { timeout: 20_000 }).toEqual([]);
  await expect.poll(() => callApi(ui, 'GET', '/api/bots'), { timeout: 20_000 }).toEqual([]);
  await ui.goto(UI);
  await answered('third');

  // Nothing fills the page again with deleted chats.
  await quitApp(app);
  const again = await settledUi(await startApp(setting), home);
  await again.getByText('You said: third').first().waitFor({ timeout: 60_000 });
  await untilLoaded(again);
  expect(await again.locator('.sidebar-chat-item').allInnerTexts()).toEqual([expect.stringContaining('third')]);
  expect(await again.evaluate(() => JSON.stringify(localStorage))).not.toMatch(/You said: (first|second)/);
});

it('deletes a chat in the database later if the server is away and the user quits', { timeout: 180_000 }, async () => {
  const { home, app, ui, setting } = await openChat();
  const messages = () => messagesIn(databaseIn(home), python());
  await say(ui, 'first');
  await ui.getByText('You said: first').first().waitFor({ timeout: 60_000 });
  await expect.poll(messages).toContain('You said: first');
  const server = serverPid(home);
  process.kill(server, 'SIGSTOP');
  await ui.locator('.sidebar-chat-item__menu-btn').first().click({ force: true });
  await ui.locator('.context-menu__item--danger').click();
  await ui.getByText('No chats yet').first().waitFor();
  const exit = quitApp(app);
  process.kill(server, 'SIGKILL');
  await exit;
  expect(messages()).toContain('You said: first');

  const again = await settledUi(await startApp(setting), home);
  await expect.poll(messages, { timeout: 60_000 }).toEqual([]);
  expect(await again.getByText('No chats yet').count()).toBeGreaterThan(0);
});
