/** Messages that must not crash the page: real Electron, real CachiBot, and a fake model only. */
// @module-tag linux: uses electron-app.ts

import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import { clickToClose, mainLog, outputFolder, pageAt, python, serverScript, UI } from '../../drivers/electron-app';
import { openChat, say } from '../../drivers/user-journey';

const REF = 'How do I use <input ref="name"> in Vue?';
/** React throws error 137 for it: this element must not have children. */
const MENU = 'Is <menuitem>this</menuitem> still HTML?';

/** Our server with the unpatched page of stock CachiBot. */
const unpatched = `
import runpy, sys
sys.path.insert(0, ${JSON.stringify(dirname(serverScript))})
from cachibot_desktop.patches.page import registry
registry.PAGE_PATCHES = ()
runpy.run_path(${JSON.stringify(serverScript)}, run_name='__main__')
`;

const rootText = (ui: Page) => ui.evaluate(() => document.getElementById('root')?.textContent ?? '');

it('shows a message that contains HTML which React refuses, its answer, and both again after a reload', {
  timeout: 300_000,
}, async () => {
  const { home, ui } = await openChat();
  await say(ui, REF);
  await expect.poll(() => rootText(ui), { timeout: 60_000 }).toContain('You said: How do I use');
  await say(ui, MENU);
  // A tag that a message may not use is shown as text.
  await ui.getByText(`You said: ${MENU}`).first().waitFor({ timeout: 60_000 });
  await ui.screenshot({ path: join(outputFolder(), 'messages.png') });
  const chat = ui.url();
  expect(chat).toContain('/chats/');

  await ui.reload();
  await ui.getByText(`You said: ${MENU}`).first().waitFor({ timeout: 60_000 });
  expect(await rootText(ui)).toContain('in Vue?');
  await ui.goto(UI);
  await ui.getByText('How do I use').first().click({ timeout: 60_000 });
  await ui.getByText(`You said: ${MENU}`).first().waitFor({ timeout: 60_000 });
  expect(ui.url()).toBe(chat);
  expect(mainLog(home)).not.toContain('the page has crashed');
});

it('reloads at its home page after such a message has crashed the page of stock CachiBot', {
  tags: 'left-to-ci',
  timeout: 300_000,
}, async () => {
  const { home, app, ui } = await openChat([python(), '-c', unpatched]);
  await say(ui, REF);
  await expect
    .poll(() => mainLog(home), { timeout: 20_000, message: 'upstream shows such messages now: remove the patch' })
    .toContain('the page has crashed (1 in a row)');
  const overlay = await pageAt(app, 'app://shell/overlay.html');
  await expect.poll(() => overlay.locator('#title').textContent()).toBe(words.page.wentBlank);
  await overlay.screenshot({ path: join(outputFolder(), 'messages-stock.png') });
  await clickToClose(overlay, '#dismiss');
  await expect.poll(() => rootText(ui), { timeout: 20_000 }).not.toBe('');
  await ui.waitForTimeout(5_000);
  expect(await rootText(ui)).not.toBe('');
  expect(new URL(ui.url()).pathname).not.toContain('/chats/');
  expect(mainLog(home)).not.toContain('(2 in a row)');
});
