/** The zoom of one page leaves the shell's other pages, and the place of its bars, as they are. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';
import {
  blockAt,
  failurePage,
  pageAt,
  shownUi,
  splashPage,
  startApp,
  temporaryFolder,
  UI,
} from '../../drivers/electron-app';
import { press } from '../../drivers/keys';
import { chooseFromMenu } from '../../drivers/menu';

const FIND_BAR = 'app://shell/find.html';
const SETTINGS = 'app://settings/settings.html';
const ABOUT = 'app://about/about.html';
const PASSWORD = 'app://password/password.html?open';
const NEW_PASSWORD = 'app://password/password.html?encrypt';
const FAILURE = 'app://shell/failure.html';

const levelOf = (app: ElectronApplication, address: string) =>
  app.evaluate(
    ({ webContents }, address) =>
      webContents
        .getAllWebContents()
        .find(one => one.getURL().startsWith(address))
        ?.getZoomLevel(),
    address,
  );

/** The distance of the find bar from the top of the window. */
const topOfFindBar = (app: ElectronApplication) =>
  app.evaluate(({ BrowserWindow, WebContentsView }, address) => {
    const views = BrowserWindow.getAllWindows().flatMap(window => window.contentView.children);
    return views.find(view => view instanceof WebContentsView && view.webContents.getURL() === address)?.getBounds().y;
  }, FIND_BAR);

it('of a window changes no other window, no bar, and no question', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(app);
  await press(app, UI, 'control+f');
  await pageAt(app, FIND_BAR);
  await chooseFromMenu(app, 'settings');
  await (await pageAt(app, SETTINGS)).locator('#startAtLogin').waitFor();
  await press(app, SETTINGS, 'control+=');
  await expect.poll(() => levelOf(app, SETTINGS)).toBe(0.5);
  await chooseFromMenu(app, 'about');
  await pageAt(app, ABOUT);
  for (const address of [FIND_BAR, ABOUT, UI]) expect(await levelOf(app, address), address).toBe(0);

  await app.evaluate(({ BrowserWindow }, url) => new BrowserWindow().loadURL(url), PASSWORD);
  await pageAt(app, PASSWORD);
  await press(app, PASSWORD, 'control+=');
  await press(app, ABOUT, 'control+=');
  await expect.poll(() => levelOf(app, ABOUT)).toBe(0.5);
  for (const address of [FIND_BAR, PASSWORD]) expect(await levelOf(app, address), address).toBe(0);
});

it('of the page moves the bars below its title bar, which grows', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(app);
  await press(app, UI, 'control+f');
  await pageAt(app, FIND_BAR);
  await expect.poll(() => topOfFindBar(app)).toBe(32);
  for (const _step of [1, 2, 3, 4]) await press(app, FIND_BAR, 'control+=');
  await expect.poll(() => levelOf(app, UI)).toBe(2);
  expect(await levelOf(app, FIND_BAR)).toBe(0);
  await expect.poll(() => topOfFindBar(app)).toBe(Math.round(32 * 1.44));
  await press(app, FIND_BAR, 'control+0');
  await expect.poll(() => topOfFindBar(app)).toBe(32);
});

it('of the failure page does not change the splash of the next try', async () => {
  const home = temporaryFolder();
  blockAt(home, 'bind');
  const app = await startApp({ home, server: 'crash-once' });
  const failure = await failurePage(app);
  await press(app, FAILURE, 'control+=');
  await expect.poll(() => levelOf(app, FAILURE)).toBe(0.5);
  await failure
    .locator('#retry')
    .click()
    .catch(() => {}); // the page closes
  await splashPage(app);
  await expect.poll(() => levelOf(app, 'app://shell/splash.html')).toBe(0);
});

it('of the failure page does not cut off the question for the password of a backup', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'crash' });
  const failure = await failurePage(app);
  await press(app, FAILURE, 'control+=');
  await expect.poll(() => levelOf(app, FAILURE)).toBe(0.5);
  await app.evaluate(
    ({ dialog }, filePath) => {
      dialog.showSaveDialog = async () => ({ canceled: false, filePath });
    },
    join(home, 'file'),
  );
  await failure.locator('#back-up').click();
  await pageAt(app, NEW_PASSWORD);
  await expect.poll(() => levelOf(app, NEW_PASSWORD)).toBe(0);
  expect(await levelOf(app, FAILURE), 'the question leaves the page’s own zoom').toBe(0.5);
});
