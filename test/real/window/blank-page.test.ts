/** A page that goes blank, as when React removes a tree that throws. */
// @module-tag linux: uses electron-app.ts

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import {
  clickToClose,
  failurePage,
  mainLog,
  outputFolder,
  pageAt,
  shownUi,
  startApp,
  temporaryFolder,
  UI,
  visibleWindows,
} from '../../drivers/electron-app';

/** Shows a chat with a text field inside the root element, as CachiBot's page does. */
const showChat = (ui: Page) =>
  ui.evaluate(() => {
    history.pushState(null, '', '/default/chats/1');
    const box = document.createElement('textarea');
    box.id = 'message';
    document.getElementById('root')?.append(box);
  });

it('is reloaded at its home page within seconds, says so, and keeps the text typed in the chat', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"ready"');
  await showChat(ui);
  await ui.locator('#message').pressSequentially('a thought');
  await expect.poll(() => ui.evaluate(() => JSON.stringify(localStorage))).toContain('a thought');

  const started = performance.now();
  await ui.evaluate(() => document.getElementById('root')?.replaceChildren());
  await expect.poll(() => mainLog(home), { timeout: 10_000, interval: 20 }).toContain('the page has crashed');
  const seenMs = Math.round(performance.now() - started);
  console.log(`detected after ${seenMs} ms`);
  expect(seenMs).toBeLessThan(2_000);
  const overlay = await pageAt(app, 'app://shell/overlay.html');
  await expect.poll(() => overlay.locator('#title').textContent()).toBe(words.page.wentBlank);
  await overlay.screenshot({ path: join(outputFolder(), 'overlay-blank.png') });
  await clickToClose(overlay, '#dismiss');
  expect(await visibleWindows(app)).toEqual([UI]);
  expect(await ui.locator('#root').textContent()).toBe('Hello from the scripted server');

  await showChat(ui);
  await expect.poll(() => ui.locator('#message').inputValue()).toBe('a thought');
});

it('stops reloading a page that goes blank repeatedly, and says so', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy,blank-page' });
  const failure = await failurePage(app);
  await expect.poll(() => failure.locator('#title').textContent()).toBe(words.page.keepsGoingBlank);
  await failure.screenshot({ path: join(outputFolder(), 'failure-blank.png') });
  const crashes = () => mainLog(home).match(/the page has crashed/g)?.length;
  expect(crashes()).toBe(4);
  await failure.waitForTimeout(3_000);
  expect(crashes()).toBe(4);
  await failure.locator('#retry').click();
  await expect.poll(crashes, { timeout: 20_000 }).toBe(5);
});

it('does not treat a change of the page’s content as a crash', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  await ui.evaluate(async () => {
    const root = document.getElementById('root');
    for (let turn = 0; turn < 10; turn++) {
      root?.replaceChildren();
      await new Promise(resolve => setTimeout(resolve, 100));
      root?.append('Another tree');
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  });
  expect(mainLog(home)).not.toContain('the page has crashed');
});
