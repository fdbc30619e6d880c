/** The settings window: each control changes the file, also without a server, and says why it does not. */
// @module-tag linux: uses electron-app.ts

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { ElectronApi } from '../../../desktop/ipc/core/contract';
import { defaults, type Settings } from '../../../desktop/settings/core/settings';
import { words } from '../../../desktop/words/en';
import { expectAccessible } from '../../drivers/accessibility';
import {
  diary,
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
import { press } from '../../drivers/keys';

const SETTINGS = 'app://settings/settings.html';

const profile = (home: string) => join(home, '.config', 'CachiBot');
const file = (home: string) => join(profile(home), 'settings.json');
const stored = (home: string): Partial<Settings> =>
  existsSync(file(home)) ? JSON.parse(readFileSync(file(home), 'utf8')) : {};

/** Writes the settings file before the start. */
function store(home: string, settings: Partial<Settings>): void {
  mkdirSync(profile(home), { recursive: true });
  writeFileSync(file(home), JSON.stringify(settings));
}

/** Opens the settings window with the keyboard. */
async function openSettings(app: ElectronApplication, from = UI): Promise<Page> {
  await press(app, from, 'control+,');
  const page = await pageAt(app, SETTINGS);
  await page.locator('#startAtLogin').waitFor();
  return page;
}

const { seconds } = words.settings.invalid;
const { removeItem } = words.settings;

/** Each control: the user's action, and the value in the file afterwards. */
const CONTROLS: [keyof Settings, (page: Page) => Promise<unknown>, unknown][] = [
  ['notifications', page => page.locator('#notifications').uncheck(), false],
  ['runInBackground', page => page.locator('#runInBackground').selectOption('on'), 'on'],
  [
    'proxy',
    async page => {
      await page.locator('#proxy').selectOption('manual');
      await page.locator('#proxy-address').fill('127.0.0.1:9');
    },
    'http://127.0.0.1:9',
  ],
  ['hardwareAcceleration', page => page.locator('#hardwareAcceleration').selectOption('off'), 'off'],
  ['loginShell', page => page.locator('#loginShell').uncheck(), false],
  ['allowedSites', page => page.getByRole('button', { name: removeItem('https://a.example') }).click(), ['mailto:']],
  ['startLimitSeconds', page => page.locator('#startLimitSeconds').fill('90'), 90],
  ['hangLimitSeconds', page => page.locator('#hangLimitSeconds').fill('60'), 60],
  ['openV1', page => page.locator('#openV1').check(), true],
  ['openWebhooks', page => page.getByLabel(words.settings.controls.openWebhooks.label).check(), true],
  ['autoUpdateEnabled', page => page.locator('#autoUpdateEnabled').uncheck(), false],
  ['autoInstallUpdates', page => page.locator('#autoInstallUpdates').check(), true],
  ['updateChannel', page => page.locator('#updateChannel').selectOption('beta'), 'beta'],
  [
    'spellingLanguages',
    async page => {
      await page.locator('#spellingLanguages select').selectOption('fr');
      await page.locator('#spellingLanguages .add button').click();
    },
    ['fr'],
  ],
];

it('opens from the failure page without a server, and each control changes the file', async () => {
  const home = temporaryFolder();
  store(home, { allowedSites: ['https://a.example', 'mailto:'] });
  const app = await startApp({ home, server: 'crash' });
  const failure = await failurePage(app);
  await failure.locator('#settings').click();
  const page = await pageAt(app, SETTINGS);
  await page.locator('#startAtLogin').waitFor();
  expect(await page.title()).toBe(words.pages.settingsTitle);
  expect(CONTROLS.map(([key]) => key).sort()).toEqual(Object.keys(defaults()).sort());
  for (const [key, act, value] of CONTROLS) {
    await act(page);
    await page.locator('h1').click(); // leaves a text field
    await expect.poll(() => stored(home)[key], { message: key, timeout: 20_000 }).toEqual(value);
  }
  expect(await page.locator('.problem').allTextContents()).toEqual(
    expect.not.arrayContaining([expect.stringMatching(/./)]),
  );
  await page.locator('#startAtLogin').check();
  const autostart = join(home, '.config', 'autostart', 'cachibot-desktop.desktop');
  await expect.poll(() => existsSync(autostart), { timeout: 20_000 }).toBe(true);

  // One window, which belongs to no server, and closing it closes nothing else.
  await failure.locator('#settings').click();
  expect((await visibleWindows(app)).sort()).toEqual([SETTINGS, 'app://shell/failure.html']);
  await page.keyboard.press('Escape').catch(() => {}); // the page closes before the key is up
  await expect.poll(() => visibleWindows(app), { timeout: 20_000 }).toEqual(['app://shell/failure.html']);
});

it('refuses bad values in words beside the field, and says when the file cannot be written', async () => {
  const home = temporaryFolder();
  const target = join(home, 'dotfiles.json');
  const content = '{"notifications": true}';
  mkdirSync(profile(home), { recursive: true });
  writeFileSync(target, content);
  symlinkSync(target, file(home));
  const app = await startApp({ home, server: 'crash' });
  await failurePage(app);
  const page = await openSettings(app, 'app://shell/failure.html');

  const field = page.locator('#startLimitSeconds');
  for (const bad of ['0', '3601', '']) {
    await field.fill('30'); // the message goes, too
    await field.fill(bad);
    await field.blur();
    await expect.poll(() => page.locator('#startLimitSeconds-problem').textContent()).toBe(seconds);
    expect([await field.inputValue(), await field.getAttribute('aria-invalid')]).toEqual([bad, 'true']);
  }
  expect(readFileSync(target, 'utf8')).toBe(content);
  await page.locator('#startLimitSeconds-problem').scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(outputFolder(), 'settings-refused.png') });

  // The new file cannot be created, because its name is taken.
  writeFileSync(`${target}.${app.process().pid}.new`, '');
  await page.locator('#notifications').click();
  await expect
    .poll(() => page.locator('#notifications-problem').textContent(), { timeout: 20_000 })
    .toContain(words.settings.notSaved('EEXIST'));
  expect(await page.locator('#notifications').isChecked()).toBe(true);
  expect(readFileSync(target, 'utf8')).toBe(content);
});

it('shows changes of CachiBot’s page, says what waits for a restart, and restarts the server', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"ready"');
  const page = await openSettings(app);
  await ui.evaluate(() =>
    (window as unknown as { electronAPI: ElectronApi }).electronAPI.setSetting('updateChannel', 'beta'),
  );
  await expect.poll(() => page.locator('#updateChannel').inputValue()).toBe('beta');
  expect(await page.locator('#waiting').isVisible()).toBe(false);

  // Notifications are shown unless they are turned off.
  await app.evaluate(({ BrowserWindow, Notification }) => {
    const shown: string[] = [];
    Object.assign(globalThis, { shown });
    BrowserWindow.getFocusedWindow = () => null;
    Notification.isSupported = () => true;
    Notification.prototype.show = function (this: Electron.Notification) {
      shown.push(this.body);
    };
  });
  const remind = (text: string) =>
    ui.evaluate(text => {
      const { electronAPI } = window as unknown as { electronAPI: ElectronApi };
      electronAPI.reportNews({ kind: 'reminder', about: '', text, path: '/' });
    }, text);
  await page.locator('#notifications').uncheck();
  await expect.poll(() => stored(home).notifications, { timeout: 20_000 }).toBe(false);
  await remind('not shown');
  await page.locator('#notifications').check();
  await expect.poll(() => stored(home).notifications, { timeout: 20_000 }).toBe(true);
  await remind('shown');
  const shown = () => app.evaluate(() => (globalThis as unknown as { shown: string[] }).shown);
  await expect.poll(shown, { timeout: 20_000 }).toEqual(['shown']);

  await page.locator('#openV1').check();
  await expect.poll(() => page.locator('#waiting').textContent()).toContain(words.settings.waiting.server);
  await page.screenshot({ path: join(outputFolder(), 'settings-waiting.png') });
  await page.locator('#proxy').selectOption('manual');
  await page.locator('#proxy-address').fill('proxy.example');
  await page.locator('#proxy-address').blur();
  await expect.poll(() => page.locator('#proxy-problem').textContent()).toBe(words.settings.invalid.proxy);
  await page.locator('#proxy-address').fill('proxy.example:8080');
  await page.locator('#proxy-address').blur();
  await expect.poll(() => stored(home).proxy, { timeout: 20_000 }).toBe('http://proxy.example:8080');
  expect(await page.locator('#proxy-address').inputValue()).toBe('http://proxy.example:8080');
  const chromiumUses = () => app.evaluate(({ session }) => session.defaultSession.resolveProxy('https://a.example/'));
  await expect.poll(chromiumUses).toBe('PROXY proxy.example:8080');
  await page.locator('#restart-server').click();
  await expect.poll(() => diary(home).filter(({ event }) => event === 'start').length, { timeout: 30_000 }).toBe(2);
  await expect.poll(() => page.locator('#waiting').isVisible(), { timeout: 30_000 }).toBe(false);
  const { pid } = diary(home).findLast(({ event }) => event === 'start')!;
  expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')).toEqual(
    expect.arrayContaining(['https_proxy=http://proxy.example:8080', 'CACHIBOT_DESKTOP_OPEN_V1=1']),
  );
});

it('can be used with the keyboard, by everybody, in light and dark, and enlarged', async () => {
  const home = temporaryFolder();
  store(home, { allowedSites: ['https://a.example', 'https://b.example'], spellingLanguages: ['en-GB'] });
  const app = await startApp({ home, server: 'crash' });
  await failurePage(app);
  const page = await openSettings(app, 'app://shell/failure.html');
  await expectAccessible(page);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(outputFolder(), `settings-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: null, forcedColors: 'active' });
  await page.screenshot({ path: join(outputFolder(), 'settings-forced-colours.png'), fullPage: true });
  await page.emulateMedia({ forcedColors: null });

  // The focus stays in the list from which the keyboard removes the last item.
  await page.getByRole('button', { name: removeItem('https://b.example') }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => stored(home).allowedSites, { timeout: 20_000 }).toEqual(['https://a.example']);
  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id);
  await expect.poll(focused).toBe(removeItem('https://a.example'));
  await page.keyboard.press('Enter');
  await expect.poll(focused).toBe('allowedSites');

  // At 200 % everything fits the width.
  await app.evaluate(({ BrowserWindow }, url) => {
    const window = BrowserWindow.getAllWindows().find(one => one.webContents.getURL() === url);
    window?.webContents.setZoomFactor(2);
  }, SETTINGS);
  await expect.poll(() => page.evaluate(() => innerWidth)).toBeLessThan(400);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await page.evaluate(() => scrollTo(0, 0));
  const picture = await app.evaluate(async ({ BrowserWindow }, url) => {
    const window = BrowserWindow.getAllWindows().find(one => one.webContents.getURL() === url);
    return (await window?.webContents.capturePage())?.toPNG().toString('base64') ?? '';
  }, SETTINGS);
  writeFileSync(join(outputFolder(), 'settings-zoomed.png'), Buffer.from(picture, 'base64'));
});
