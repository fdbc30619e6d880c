/** Notifications of the page's news on a real desktop. Real Electron, real CachiBot, and a fake model. */
// @module-tag linux: uses electron-app.ts and desktop-session.ts
// @module-tag left-to-ci

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { words } from '../../../desktop/words/en';
import { openDesktopSession, untilFocused } from '../../drivers/desktop-session';
import { python, serverScript, startApp, temporaryFolder, visibleWindows } from '../../drivers/electron-app';
import { makeAccount, say } from '../../drivers/user-journey';
import { openStreamingModel } from '../../fixtures/streaming-model.mjs';

const COMPLETE = 'These are the first words, and these are the last.';
const LIMIT = { timeout: 60_000 };

it('notifies of an answer while the window is away, and opens its chat by a click', { timeout: 180_000 }, async () => {
  const desktop = await openDesktopSession();
  const home = temporaryFolder();
  const profile = join(home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  writeFileSync(join(profile, 'settings.json'), JSON.stringify({ runInBackground: 'on' }));
  const model = await openStreamingModel();
  onTestFinished(() => void model.close());
  const app = await startApp({ home, server: [python(), serverScript], env: { ...model.env, ...desktop.env } });
  const ui = await makeAccount(app, home);
  await untilFocused(app);
  await app.evaluate(({ app }) => {
    const badges: number[] = [];
    Object.assign(globalThis, { badges });
    app.setBadgeCount = (count = 0) => badges.push(count) > 0;
  });
  const badges = () => app.evaluate(() => (globalThis as unknown as { badges: number[] }).badges);

  await say(ui, 'First?');
  await expect.poll(() => model.waiting(), LIMIT).toBe(1);
  model.finish();
  await ui.getByText(COMPLETE).first().waitFor(LIMIT);
  const chat = new URL(ui.url()).pathname;
  expect(desktop.notifications, 'the window has the focus').toEqual([]);

  await say(ui, 'Second?');
  await expect.poll(() => model.waiting(), LIMIT).toBe(1);
  await desktop.press('ctrl+w');
  await expect.poll(() => visibleWindows(app)).toEqual([]);
  await desktop.chooseInTray(words.background.newChat);
  await untilFocused(app);
  await expect.poll(() => new URL(ui.url()).pathname).not.toBe(chat);
  await desktop.press('ctrl+w');
  await expect.poll(() => visibleWindows(app)).toEqual([]);
  model.finish();
  await expect
    .poll(() => desktop.notifications, LIMIT)
    .toMatchObject([{ title: 'First?', body: COMPLETE, urgency: 1 }]);
  expect(await badges()).toEqual([1]);

  const [notification] = desktop.notifications;
  if (notification) desktop.clickNotification(notification);
  await untilFocused(app);
  await expect.poll(() => new URL(ui.url()).pathname).toBe(chat);
  await ui.getByText('Second?').first().waitFor(LIMIT);
  await expect.poll(badges).toEqual([1, 0]);

  // A chat that is deleted while its notification is on the desktop.
  await say(ui, 'Third?');
  await expect.poll(() => model.waiting(), LIMIT).toBe(1);
  await desktop.press('ctrl+w');
  await expect.poll(() => visibleWindows(app)).toEqual([]);
  model.finish();
  await expect.poll(() => desktop.notifications.length, LIMIT).toBe(2);
  const closed = desktop.closedNotifications.length;
  // A page that is not drawn gets no clicks of the mouse.
  const item = ui.locator('.group', { has: ui.locator('.sidebar-chat-item', { hasText: 'First?' }) });
  await item.locator('.sidebar-chat-item__menu-btn').dispatchEvent('click');
  await ui.locator('.context-menu__item--danger').dispatchEvent('click');
  await expect.poll(() => desktop.closedNotifications.slice(closed)).toEqual([2]);
  await expect.poll(badges).toEqual([1, 0, 1, 0]);
  // A click just before: the page opens what is left of the chat's place.
  await app.evaluate(({ webContents }, path) => {
    for (const contents of webContents.getAllWebContents()) contents.send('page:open', path);
  }, chat);
  await expect.poll(() => new URL(ui.url()).pathname).toBe('/default/chats');
});
