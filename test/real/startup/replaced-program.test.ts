// @module-tag linux: uses electron-app.ts

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import {
  exitOf,
  failurePage,
  mainLog,
  pageAt,
  serverPid,
  shownUi,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { writeBundle } from '../../fixtures/bundle.mjs';

it('says when a package manager has replaced the program, and offers to restart', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const bundle = writeBundle(join(home, 'backend'));
  const app = await startApp({ home, server: { bundle } });
  const ui = await shownUi(app);
  const server = serverPid(home);
  writeBundle(join(home, 'backend'));
  await app.evaluate(({ app }) => void app.emit('browser-window-focus'));

  const notice = await pageAt(app, 'app://shell/overlay.html');
  await expect.poll(() => notice.locator('body').textContent()).toContain(words.page.restartToUse);
  // The running server continues.
  expect(serverPid(home)).toBe(server);
  expect(await ui.evaluate(() => fetch('/api/something').then(({ status }) => status))).toBe(200);
  const exit = exitOf(app);
  await notice.locator('#relaunch').click();
  expect(await exit).toEqual({ code: 75, signal: null });
  expect(mainLog(home)).toMatch(/relaunch: the program was replaced/);
});

it('names the replacement as the cause when the server fails after it', async () => {
  const home = temporaryFolder();
  const bundle = writeBundle(join(home, 'backend'));
  const app = await startApp({ home, server: { bundle } });
  await shownUi(app);
  writeBundle(join(home, 'backend'), 'crash');
  process.kill(serverPid(home), 'SIGKILL');
  const page = await failurePage(app);
  await expect.poll(() => page.locator('#detail').textContent()).toBe(words.page.failedAfterUpdate);
  expect(await page.locator('#relaunch').isVisible()).toBe(true);
});
