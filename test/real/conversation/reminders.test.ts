/** Reminders are shown wherever the user is, until they are seen. Real Electron, real CachiBot, and a fake model. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { python, quitApp, serverScript, startApp, temporaryFolder, UI } from '../../drivers/electron-app';
import { pageWords as words } from '../../drivers/first-use';
import { callApi, makeAccount, say, settledUi } from '../../drivers/user-journey';
import { openFakeModel } from '../../fixtures/fake-model.mjs';

const LIMIT = { timeout: 60_000 };
const PAST = '2026-01-01T20:45:00Z';

const notices = (ui: Page) => ui.locator('.cachibot-reminder');
const notice = (ui: Page, text: string) => notices(ui).filter({ hasText: `Reminder: ${text}` });
const press = (ui: Page, text: string, button: string) =>
  notice(ui, text).getByRole('button', { name: button, exact: true }).click();

/** Adds a reminder that is due; the server looks for those at its start and every 30 s. */
const remind = (ui: Page, title: string, chatId?: string) =>
  callApi(ui, 'POST', '/api/bots/default/todos', { title, remindAt: PAST, chatId });

/** Records the notifications about reminders, as if the window had no focus. @returns reads their texts */
async function recordNotifications(app: ElectronApplication): Promise<() => Promise<string[]>> {
  await app.evaluate(({ BrowserWindow, Notification }) => {
    const shown: string[] = [];
    Object.assign(globalThis, { shown });
    BrowserWindow.getFocusedWindow = () => null;
    Notification.isSupported = () => true;
    Notification.prototype.show = function (this: Electron.Notification) {
      shown.push(this.body);
    };
  });
  const shown = () => app.evaluate(() => (globalThis as unknown as { shown: string[] }).shown);
  return async () => (await shown()).filter(text => text.startsWith('Reminder:'));
}

it('shows a reminder on every page and after a restart, until it is seen', { timeout: 180_000 }, async () => {
  const home = temporaryFolder();
  const model = await openFakeModel();
  onTestFinished(() => void model.close());
  const setting = { home, server: [python(), serverScript], env: model.env };
  const app = await startApp(setting);
  const notifications = await recordNotifications(app);
  const ui = await makeAccount(app, home);
  await say(ui, 'A chat');
  await ui.getByText('You said: A chat').first().waitFor(LIMIT);
  const chat = new URL(ui.url()).pathname.split('/').at(-1);

  await ui.goto(`${UI}settings`);
  await remind(ui, 'Call', chat);
  await notice(ui, 'Call').waitFor(LIMIT);
  await expect.poll(notifications).toEqual(['Reminder: Call']);
  await ui.reload();
  await notice(ui, 'Call').waitFor(LIMIT);
  await press(ui, 'Call', words.openChat);
  await ui.getByText('[Scheduled] Reminder: Call').waitFor(LIMIT);
  expect(await notices(ui).count()).toBe(0);

  await ui.goto(`${UI}settings`);
  await remind(ui, 'Water', undefined);
  await remind(ui, 'Eat', chat);
  await quitApp(app);

  const again = await settledUi(await startApp(setting), home);
  await notice(again, 'Water').waitFor(LIMIT);
  expect(await notice(again, 'Call').count(), 'seen').toBe(0);
  await press(again, 'Water', words.dismiss);
  await again.locator('.sidebar-chat-item', { hasText: 'A chat' }).click(LIMIT);
  await again.getByText('[Scheduled] Reminder: Eat').waitFor(LIMIT);
  await expect.poll(() => notices(again).count(), { message: 'its chat is open' }).toBe(0);
  await again.reload();
  await again.getByText('Connected', { exact: true }).waitFor(LIMIT);
  await again.waitForTimeout(1_000); // unseen reminders would be here by now
  expect(await notices(again).count()).toBe(0);
  expect(await again.getByText('[Scheduled] Reminder:').count()).toBe(2);
});
