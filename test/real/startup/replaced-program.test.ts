// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

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
  await shownUi(app);
  const server = serverPid(home);
  await app.evaluate(({ webContents }) => {
    for (const page of webContents.getAllWebContents()) {
      if (page.getURL().startsWith('http:')) page.forcefullyCrashRenderer();
    }
  });
  const notice = await pageAt(app, 'app://shell/overlay.html');
  const title = () => notice.locator('#title').textContent();
  await expect.poll(title).toBe(words.page.crashed);
  writeBundle(join(home, 'backend'));
  await app.evaluate(({ app }) => void app.emit('browser-window-focus'));
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toMatch(/the program was replaced/);
  expect(await title(), 'a notice waits until the one before is dismissed').toBe(words.page.crashed);

  await notice.locator('#dismiss').click();
  await expect.poll(() => notice.locator('body').textContent()).toContain(words.page.restartToUse);
  // The running server continues.
  expect(serverPid(home)).toBe(server);
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
