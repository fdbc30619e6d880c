/** An answer survives a lost WebSocket and a machine that sleeps. Real Electron, real CachiBot, and a fake model. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { pidsOf, python, serverScript, startApp, temporaryFolder } from '../../drivers/electron-app';
import { makeAccount, say } from '../../drivers/user-journey';
import { openStreamingModel } from '../../fixtures/streaming-model.mjs';

const BEGUN = 'These are the first words';
const COMPLETE = 'These are the first words, and these are the last.';
const LIMIT = { timeout: 60_000 };
const SLEEP_MS = 5_000;

it('shows the answer that ended meanwhile, and the chat is not locked', { timeout: 180_000 }, async () => {
  const home = temporaryFolder();
  const model = await openStreamingModel();
  onTestFinished(() => void model.close());
  const app = await startApp({ home, server: [python(), serverScript], env: model.env });
  const ui = await makeAccount(app, home);
  const loseSockets = await interceptSockets(ui);
  await ui.reload();
  await ui.getByText('Connected', { exact: true }).waitFor(LIMIT);

  await say(ui, 'First?');
  await ui.getByText(BEGUN).first().waitFor(LIMIT);
  await loseSockets();
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

async function expectAnswers(ui: Page, count: number): Promise<void> {
  await expect.poll(() => ui.getByText(COMPLETE).count(), LIMIT).toBe(count);
  await expect.poll(() => ui.getByPlaceholder(/^Message CachiBot/).isEnabled()).toBe(true);
}

/** @returns closes the WebSockets that the page has opened since, as a network that is lost does */
async function interceptSockets(ui: Page): Promise<() => Promise<void>> {
  const opened: (() => Promise<void>)[] = [];
  await ui.routeWebSocket(/\/ws\?/, page => {
    page.connectToServer();
    opened.push(() => page.close({ code: 1011 }));
  });
  return async () => {
    for (const close of opened.splice(0)) await close();
  };
}
