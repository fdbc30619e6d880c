/** The button for the menu, and the commands that CachiBot's page runs: real Electron, real CachiBot. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import { expectAccessible } from '../../drivers/accessibility';
import { outputFolder, UI } from '../../drivers/electron-app';
import { pageWords } from '../../drivers/first-use';
import { press } from '../../drivers/keys';
import { openChat, say } from '../../drivers/user-journey';

/** Clicks the button in the title bar. @returns the labels of the menu that opens, and its place */
async function openMenu(app: ElectronApplication, click: () => Promise<void>) {
  await app.evaluate(({ Menu }) => {
    Menu.prototype.popup = function popup(options) {
      Object.assign(globalThis, {
        shown: { labels: this.items.map(item => item.label), x: options?.x, y: options?.y },
      });
    };
  });
  await click();
  const shown = () => app.evaluate(() => (globalThis as unknown as { shown?: { labels: string[]; y: number } }).shown);
  await expect.poll(shown).toBeDefined();
  return shown();
}

it('a button opens the menu, and the keys in the settings’ list do what it says', { timeout: 120_000 }, async () => {
  const { app, ui } = await openChat();
  const button = ui.locator('.title-bar').getByRole('button', { name: pageWords.menu, exact: true });
  const menu = await openMenu(app, () => button.click());
  expect(menu).toMatchObject({ labels: expect.arrayContaining([words.menu.file, words.menu.help]), x: 0, y: 32 });

  await say(ui, 'A first chat');
  await ui.getByText('You said: A first chat').first().waitFor({ timeout: 60_000 });
  const path = () => new URL(ui.url()).pathname;
  const first = path();
  await press(app, UI, 'control+n');
  await expect.poll(path).not.toBe(first);
  expect(path()).toMatch(/^\/default\/chats\/./);
  const second = path();
  await press(app, UI, 'control+n');
  await ui.waitForTimeout(300);
  expect(path(), 'an empty chat is used again').toBe(second);

  await press(app, UI, 'control+b');
  await ui.locator('.bot-sidebar--collapsed').waitFor();
  await press(app, UI, 'control+b');
  await ui.locator('.bot-sidebar--expanded').waitFor();

  const field = ui.getByRole('combobox', { name: pageWords.palette.title });
  const options = ui.locator('.cachibot-palette [role=option]');
  await press(app, UI, 'control+k');
  await field.waitFor();
  await expectAccessible(ui, '.cachibot-palette');
  for (const colorScheme of ['light', 'dark'] as const) {
    await ui.emulateMedia({ colorScheme });
    await ui.screenshot({ path: join(outputFolder(), `palette-${colorScheme}.png`) });
  }
  await ui.keyboard.type('first');
  await expect.poll(() => options.count()).toBe(1);
  await ui.keyboard.press('Enter');
  await expect.poll(path).toBe(first);
  await ui.getByText('You said: A first chat').first().waitFor();
  await press(app, UI, 'control+k');
  await ui.keyboard.type('no such thing');
  await ui.getByText(pageWords.palette.nothing).waitFor();
  await ui.keyboard.press('Escape');
  await expect.poll(() => field.count()).toBe(0);
  await press(app, UI, 'control+k');
  await field.fill(pageWords.palette.settings);
  await ui.keyboard.press('Enter');
  await expect.poll(path).toMatch(/^\/settings/);
});
