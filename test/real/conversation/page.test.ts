/**
 * Our additions to CachiBot's page: rooms show failures, input methods keep their keys; and the flaws of the stock page.
 * Real Electron, real CachiBot, and a fake model only.
 */
// @module-tag linux: uses electron-app.ts

import { dirname, join } from 'node:path';
import type { CDPSession, Locator, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import {
  freePort,
  outputFolder,
  python,
  serverScript,
  startApp,
  temporaryFolder,
  UI,
} from '../../drivers/electron-app';
import { openRoom, roomBox } from '../../drivers/rooms';
import { callApi, makeAccount, uploadDocument } from '../../drivers/user-journey';
import { openFailingProvider } from '../../fixtures/failing-provider.mjs';

const BUSY = 'Are you busy?';
const EMPTY = 'Are you silent?';
const SILENT = 'Will you ever answer?';

/** Our server, with the page of stock CachiBot. */
const stockPage = `
import runpy, sys
sys.path.insert(0, ${JSON.stringify(dirname(serverScript))})
from cachibot_desktop.patches.page import page_scripts, registry
registry.PAGE_PATCHES = page_scripts.SCRIPTS = ()
runpy.run_path(${JSON.stringify(serverScript)}, run_name='__main__')
`;

it('keeps the keys of input methods from the page, and shows in a room why a bot failed', {
  tags: 'left-to-ci',
  timeout: 300_000,
}, async () => {
  const home = temporaryFolder();
  const provider = await openFailingProvider({
    [`@well ${BUSY}`]: { status: 503 },
    [`@well ${EMPTY}`]: { status: 200 },
  });
  onTestFinished(() => void provider.close());
  const closed = `http://127.0.0.1:${await freePort()}`;
  const env = {
    OLLAMA_ENDPOINT: `${provider.url}/api/generate`,
    CACHIBOT_DEFAULT_MODEL: 'ollama/fake:latest',
    LMSTUDIO_ENDPOINT: `${closed}/v1/chat/completions`,
  };
  const app = await startApp({ server: [python(), serverScript], home, env });
  const ui = await makeAccount(app, home);

  const chat = ui.getByPlaceholder(/^Message CachiBot/);
  await ui.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
  await ui.waitForTimeout(3_000); // until the tree is rebuilt; there is no event for it
  await compose(ui, chat);
  expect(await chat.inputValue(), 'confirmed, and not sent').toBe('今日は');
  expect(provider.asked).toEqual([]);
  await chat.press('Enter');
  await ui.getByText('You said: 今日は').first().waitFor({ timeout: 60_000 });

  await ui.locator('.model-pill').click();
  await ui.getByText('Enter manually').click();
  const model = ui.getByPlaceholder('provider/model-name');
  await model.fill('');
  await compose(ui, model);
  expect(await model.inputValue(), 'not set').toBe('今日は');
  await model.press('Escape');

  await expectRoom(ui, closed);
});

/** In a room each bot says why it failed, and is asked again alone; the cards are there after a reload. */
async function expectRoom(ui: Page, closed: string): Promise<void> {
  // The model server of one of the bots does not run.
  const box = await openRoom(ui, { well: 'ollama/fake:latest', ill: 'lmstudio/x' });
  await compose(ui, box);
  expect(await box.inputValue(), 'confirmed, and not sent').toBe('今日は');

  await ui.getByTitle('Tasks', { exact: true }).click();
  await ui.getByRole('button', { name: 'New Task' }).click();
  const title = ui.getByPlaceholder('Task title');
  await compose(ui, title);
  expect(await title.inputValue(), 'confirmed, and not made').toBe('今日は');
  await ui.getByRole('button', { name: 'Cancel' }).click();
  await ui.getByTitle('Chat view').click();

  const cards = ui.locator('cachibot-card');
  const send = async (message: string) => {
    await box.fill(message);
    await box.press('Enter');
  };
  const kinds = () => cards.evaluateAll(all => all.map(card => card.dataset.kind));
  await send(`@ill ${BUSY}`);
  await expect.poll(kinds, { timeout: 60_000 }).toEqual(['refused']);
  await send(`@well ${BUSY}`);
  await expect.poll(kinds, { timeout: 60_000 }).toEqual(['refused', 'provider-fault']);
  expect(await cards.first().innerText()).toContain(`LM Studio isn't running at ${closed}.`);
  expect(await ui.locator('.chat-message').count(), 'no empty bubbles beside the cards').toBe(4);
  await ui.screenshot({ path: join(outputFolder(), 'card-room.png') });

  await ui.reload();
  await expect.poll(kinds, { timeout: 60_000 }).toEqual(['refused', 'provider-fault']);
  await ui.waitForTimeout(3_000); // until the tree is rebuilt; there is no event for it
  await roomBox(ui);
  await send(`@well ${EMPTY}`);
  await expect.poll(kinds, { timeout: 60_000 }).toEqual(['refused', 'provider-fault', 'empty']);
  await cards.last().locator('[data-action=again]').click();
  await ui.getByText(`You said: @well ${EMPTY}`).waitFor({ timeout: 60_000 });
  expect(await kinds()).toEqual(['refused', 'provider-fault']);
  expect(await ui.locator('.chat-message__bubble--user').count(), 'each message once').toBe(3);
}

it('sends in mid-word, shows no card, no notice, no reason, and no Stop in a room, where the page is that of stock CachiBot', {
  tags: 'left-to-ci',
  timeout: 300_000,
}, async () => {
  const home = temporaryFolder();
  const provider = await openFailingProvider({ [`@one ${SILENT}`]: {} });
  onTestFinished(() => void provider.close());
  const env = {
    OPENAI_API_KEY: 'no key',
    OLLAMA_ENDPOINT: `${provider.url}/api/generate`,
    LMSTUDIO_ENDPOINT: 'http://127.0.0.1:9/v1/chat/completions', // nothing listens there
  };
  const app = await startApp({ home, server: [python(), '-c', stockPage], env });
  const ui = await makeAccount(app, home);
  const box = ui.getByPlaceholder(/^Message CachiBot/);
  await ui.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
  await ui.waitForTimeout(3_000); // until the tree is rebuilt; there is no event for it
  await compose(ui, box);
  await ui.locator('.chat-message__bubble--user').first().waitFor({ timeout: 60_000 });
  await ui.getByText('No model is set up yet.').first().waitFor({ timeout: 60_000 });
  expect(await ui.locator('cachibot-card').count()).toBe(0);
  expect(await ui.getByRole('button', { name: 'Try Again' }).count()).toBe(0);

  const room = await openRoom(ui, { one: 'ollama/fake:latest', two: 'ollama/fake:latest' });
  await room.fill(`@one ${SILENT}`);
  await room.press('Enter');
  await ui.getByText('one is thinking...').first().waitFor({ timeout: 60_000 });
  expect(await ui.getByTitle('Stop', { exact: true }).count()).toBe(0); // room_stop
  await expectNoReasons(ui);
});

/** The flaws of `background_errors`: the server gives the reasons, and the stock page shows none of them. */
async function expectNoReasons(ui: Page): Promise<void> {
  await uploadDocument(ui, 'Nothing is embedded with this key.');
  const reason = async () => (await callApi(ui, 'GET', '/api/bots/default/documents/'))[0]?.error;
  await expect.poll(reason, { timeout: 60_000 }).toBeTruthy();
  const [title] = String(await reason()).split(/[.\n]/);
  await ui.getByText('notes.txt').first().waitFor();
  await ui.locator('svg.text-red-500').waitFor({ timeout: 30_000 });
  expect(await ui.getByText(title ?? '').count()).toBe(0);

  const listed = ui.waitForResponse(response => response.url().endsWith('/api/models'), { timeout: 90_000 });
  await ui.goto(`${UI}settings/models`);
  expect((await (await listed).json()).problems.lmstudio).toContain("LM Studio isn't running");
  await ui.getByText(/\d+ models? from \d+ provider/).waitFor();
  await ui.getByText('Discovering models...').waitFor({ state: 'hidden' });
  expect(await ui.getByText("LM Studio isn't running").count()).toBe(0);
}

/** Types きょうは and confirms 今日は with Enter, as an input method does. */
async function compose(ui: Page, box: Locator): Promise<void> {
  await box.focus();
  const chromium: CDPSession = await ui.context().newCDPSession(ui);
  await chromium.send('Input.imeSetComposition', { text: 'きょうは', selectionStart: 4, selectionEnd: 4 });
  await expect.poll(() => box.inputValue()).toBe('きょうは');
  const key = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 };
  await chromium.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key });
  await chromium.send('Input.insertText', { text: '今日は' });
  await chromium.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key, windowsVirtualKeyCode: 13 });
  await chromium.detach();
  await ui.waitForTimeout(300); // what was sent would be gone from the box by now
}
