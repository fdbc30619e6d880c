/** The description of the build in About and by --doctor. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { WEBSITES } from '../../../desktop/window/core/about';
import { words } from '../../../desktop/words/en';
import { expectAccessible } from '../../drivers/accessibility';
import {
  type LaunchOptions,
  outputFolder,
  pageAt,
  runApp,
  shownUi,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { press } from '../../drivers/keys';
import { chooseFromMenu } from '../../drivers/menu';

const ABOUT = 'app://about/about.html';
const { names } = words.about;
const root = join(__dirname, '..', '..', '..');

/** Creates the app's code as it is packed, with additional entries in its package.json. */
function appWith(more: object): LaunchOptions {
  const home = temporaryFolder();
  const code = join(home, 'app');
  mkdirSync(code);
  cpSync(join(root, 'out'), join(code, 'out'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(code, 'node_modules'));
  const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(code, 'package.json'), JSON.stringify({ ...about, ...more }));
  return { home, code, server: 'healthy' };
}

async function openAbout(options: LaunchOptions): Promise<{ app: ElectronApplication; page: Page }> {
  const app = await startApp(options);
  await shownUi(app);
  await chooseFromMenu(app, 'about');
  const page = await pageAt(app, ABOUT);
  await page.locator('dd').first().waitFor();
  return { app, page };
}

/** The names and values of the versions. */
const versionsOf = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(() => {
    const texts = (tag: string) => [...document.querySelectorAll(tag)].map(({ textContent }) => textContent ?? '');
    const values = texts('dd');
    return Object.fromEntries(texts('dt').map((name, index) => [name, values[index] ?? '']));
  });

const doctor = async (options: LaunchOptions) =>
  JSON.parse((await runApp({ ...options, args: ['--doctor'] })).stdout).build;

it('is called a rehearsal, with the reason, in About and by --doctor, when it was built with replacements', async () => {
  const options = appWith({ version: '4.5.6', rehearsal: 'Electron 1 in place of 2' });
  const { page } = await openAbout(options);
  expect((await versionsOf(page))[names.app]).toBe('4.5.6 (rehearsal: Electron 1 in place of 2)');
  expect(await doctor(options)).toBe('rehearsal: Electron 1 in place of 2');
});

it('is described by its version only when it is not a rehearsal', async () => {
  const options = appWith({ version: '4.5.6' });
  const { app, page } = await openAbout(options);
  expect(await versionsOf(page)).toMatchObject({
    [names.app]: '4.5.6',
    [names.server]: '0.3.0',
    [names.electron]: await app.evaluate(() => process.versions['electron']),
    [names.chromium]: await app.evaluate(() => process.versions['chrome']),
  });
  expect(await doctor({ ...options, home: temporaryFolder() })).toBe('clone');
});

it('copies the versions, opens licences and the website, and closes with Escape', async () => {
  const { app, page } = await openAbout({ home: temporaryFolder(), server: 'healthy' });
  await app.evaluate(({ shell }) => {
    const opened: string[] = [];
    Object.assign(globalThis, { opened });
    shell.openExternal = async url => void opened.push(url);
    shell.openPath = async path => {
      opened.push(path);
      return '';
    };
  });
  expect(await page.evaluate(() => document.activeElement?.id), 'the default button').toBe('close');
  await expectAccessible(page);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(outputFolder(), `about-${colorScheme}.png`) });
  }
  await page.locator('#website').click();
  await page.locator('#licence').click();
  const opened = () => app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);
  await expect.poll(opened).toEqual([WEBSITES.website, join(root, 'LICENSE')]);
  await page.locator('#copy').click();
  await expect.poll(() => page.locator('#outcome').textContent()).toBe(words.pages.copied);
  expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toContain(`${names.server}: `);

  // A second choice brings the same window to the front.
  await chooseFromMenu(app, 'about');
  const count = () => app.windows().filter(one => one.url() === ABOUT).length;
  expect(count()).toBe(1);
  await press(app, ABOUT, 'Escape');
  await expect.poll(count).toBe(0);
});
