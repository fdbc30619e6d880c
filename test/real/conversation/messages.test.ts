/** Messages that no page should die of: real Electron, real CachiBot, and a stand-in for the model only. */
// @module-tag linux: as all that uses electron-app.ts

import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { words } from '../../../desktop/words/en';
import {
  clickToClose,
  entry,
  mainLog,
  outputFolder,
  pageAt,
  python,
  startApp,
  temporaryFolder,
  UI,
} from '../../drivers/electron-app';
import { makeAccount, say } from '../../drivers/main-job';
import { openModel } from '../../fixtures/model.mjs';

const REF = 'How do I use <input ref="name"> in Vue?';
/** Error 137 of React: this element may have no children. */
const MENU = 'Is <menuitem>this</menuitem> still HTML?';

/** Our server, with the page of stock CachiBot. */
const unpatched = `
import runpy, sys
sys.path.insert(0, ${JSON.stringify(dirname(entry))})
from cachibot_desktop.patches.page import registry
registry.PAGE_PATCHES = ()
runpy.run_path(${JSON.stringify(entry)}, run_name='__main__')
`;

async function open(server: string[]) {
  const home = temporaryFolder();
  const model = await openModel();
  onTestFinished(() => void model.close());
  const app = await startApp({ home, server, env: model.env });
  return { home, app, ui: await makeAccount(app, home) };
}

const rootText = (ui: Page) => ui.evaluate(() => document.getElementById('root')?.textContent ?? '');

it('shows a message with HTML in it that React refuses, its answer, and both again later', {
  timeout: 300_000,
}, async () => {
  const { home, ui } = await open([python(), entry]);
  await say(ui, REF);
  await expect.poll(() => rootText(ui), { timeout: 60_000 }).toContain('You said: How do I use');
  await say(ui, MENU);
  // As text, because it cannot be shown as markdown.
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

it('comes back at its home where the page of stock CachiBot dies of them', {
  timeout: 300_000,
}, async () => {
  const { home, app, ui } = await open([python(), '-c', unpatched]);
  await say(ui, REF);
  await expect
    .poll(() => mainLog(home), { timeout: 20_000, message: 'upstream shows such a message now: drop the patch' })
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
