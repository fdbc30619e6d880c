/** An answer survives a lost WebSocket and a machine that sleeps. Real Electron, real CachiBot, and a fake model. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import pageWords from '../../../desktop/cachibot_desktop/patches/page/words.json';
import { pidsOf, python, serverScript, startApp, temporaryFolder } from '../../drivers/electron-app';
import { makeAccount, say } from '../../drivers/user-journey';
import { openStreamingModel } from '../../fixtures/streaming-model.mjs';

const BEGUN = 'These are the first words';
const COMPLETE = 'These are the first words, and these are the last.';
const LIMIT = { timeout: 60_000 };
const SLEEP_MS = 5_000;

it('shows the answer that ended meanwhile, and the chat is not locked', { timeout: 180_000 }, async () => {
  const { home, model, ui, sockets } = await openStreamedChat();
  await ui.getByText('Connected', { exact: true }).waitFor(LIMIT);

  await say(ui, 'First?');
  await ui.getByText(BEGUN).first().waitFor(LIMIT);
  await sockets.lose();
  model.finish();
  await expectAnswers(ui, 1);

  await say(ui, 'Second?');
  await expect.poll(() => ui.getByText(BEGUN, { exact: true }).count(), LIMIT).toBe(1);
  const asleep = pidsOf(home);
  for (const pid of asleep) process.kill(pid, 'SIGSTOP');
  model.finish();
  await delay(SLEEP_MS);
  for (const pid of asleep) process.kill(pid, 'SIGCONT');
  await expectAnswers(ui, 2);
});

it('sends Stop and the next message when a lost connection is back', { timeout: 180_000 }, async () => {
  const { model, ui, sockets } = await openStreamedChat();
  await say(ui, 'First?');
  await ui.getByText(BEGUN).first().waitFor(LIMIT);
  await sockets.lose({ forLong: true });
  await ui.getByText(pageWords.notConnected, { exact: true }).waitFor(LIMIT);
  await ui.getByTitle('Stop', { exact: true }).click();
  const box = ui.getByPlaceholder(/^Message CachiBot/);
  await box.fill('Second?');
  await box.press('Enter');
  await ui.getByText(pageWords.sentLater, { exact: true }).waitFor();
  sockets.restore();
  await ui.getByText('Connected', { exact: true }).waitFor(LIMIT);
  await expect.poll(() => ui.getByText(BEGUN, { exact: true }).count(), LIMIT).toBe(2);
  expect(await box.isEnabled(), 'waits for the second answer').toBe(false);
  model.finish();
  await expectAnswers(ui, 1);
  const shown = await ui.locator('.chat-message__bubble').allInnerTexts();
  expect(shown).toEqual(['First?', BEGUN, 'Second?', COMPLETE]);
});

/** Opens a chat whose WebSockets the test can lose, with a model that waits for the test in the middle of its answer. */
async function openStreamedChat() {
  const home = temporaryFolder();
  const model = await openStreamingModel();
  onTestFinished(() => void model.close());
  const app = await startApp({ home, server: [python(), serverScript], env: model.env });
  const ui = await makeAccount(app, home);
  const sockets = await interceptSockets(ui);
  await ui.reload();
  return { home, model, ui, sockets };
}

async function expectAnswers(ui: Page, count: number): Promise<void> {
  await expect.poll(() => ui.getByText(COMPLETE).count(), LIMIT).toBe(count);
  await expect.poll(() => ui.getByPlaceholder(/^Message CachiBot/).isEnabled()).toBe(true);
}

/** Intercepts the WebSockets that the page opens from now on. `lose` closes them, as a lost network does. */
async function interceptSockets(ui: Page) {
  const opened: (() => Promise<void>)[] = [];
  let isAway = false;
  await ui.routeWebSocket(/\/ws\?/, page => {
    if (isAway) return void page.close({ code: 1011 });
    page.connectToServer();
    opened.push(() => page.close({ code: 1011 }));
  });
  return {
    async lose({ forLong = false } = {}) {
      isAway = forLong;
      for (const close of opened.splice(0)) await close();
    },
    restore() {
      isAway = false;
    },
  };
}
