// @module-tag linux: uses electron-app.ts

import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import { clickToClose, outputFolder, pageAt, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';

const overlays = (app: ElectronApplication) =>
  app.windows().filter(page => page.url().startsWith('app://shell/overlay.html')).length;

it('names the write-ahead log that was moved away from a restored backup, in an overlay until it is dismissed', async () => {
  const moved = '/home/ada/.cachibot/cachibot.db-wal.unrelated-1';
  const app = await startApp({ home: temporaryFolder(), server: 'healthy', env: { SCRIPTED_STRAY_LOG: moved } });
  const ui = await shownUi(app);
  const notice = await pageAt(app, 'app://shell/overlay.html');
  await expect.poll(() => notice.locator('#title').textContent()).toBe(words.server.databaseReplaced);
  expect(await notice.locator('#text').textContent()).toContain(moved);
  await notice.screenshot({ path: join(outputFolder(), 'overlay-restored.png') });
  await clickToClose(notice, '#dismiss');
  await expect.poll(() => overlays(app), { timeout: 20_000 }).toBe(0);
  await ui.locator('#box').fill('the page works');
  await app.close();
});
