/** A user's journey through the app with the real CachiBot server; only the language model is a fake. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { openFakeModel } from '../fixtures/fake-model.mjs';
import {
  canConnect,
  type LaunchOptions,
  mainLog,
  outputFolder,
  pidsOf,
  python,
  quitApp,
  serverPid,
  serverScript,
  shownUi,
  startApp,
  temporaryFolder,
  UI,
} from './electron-app';
import { firstUseWords as words } from './first-use';

/** Waits for a ready server. @returns the UI */
export async function settledUi(app: ElectronApplication, home: string): Promise<Page> {
  await expect.poll(() => mainLog(home), { timeout: 90_000, message: 'ready' }).toContain('"phase":"ready"');
  return shownUi(app);
}

export async function say(ui: Page, message: string): Promise<void> {
  const box = ui.getByPlaceholder(/^Message CachiBot/);
  await expect
    .poll(async () => {
      await box.fill(message);
      return box.inputValue();
    })
    .toBe(message);
  await ui.getByText('Connected', { exact: true }).waitFor();
  await box.press('Enter');
}

/** Sends a request to CachiBot's API as the page does. @returns the response's JSON */
export function callApi(ui: Page, method: string, path: string, body?: object) {
  return ui.evaluate(
    async ({ method, path, body }) => {
      const { state } = JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}');
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${state.accessToken}` };
      return (await fetch(path, { method, headers, body: JSON.stringify(body) })).json();
    },
    { method, path, body },
  );
}

/** Gives the default bot a document, on the page of its settings. */
export async function uploadDocument(ui: Page, text: string): Promise<void> {
  await ui.goto(`${UI}default/settings`);
  await ui.waitForTimeout(3_000); // until the tree is rebuilt; there is no event for it
  await ui.locator('.sidebar-section-btn', { hasText: 'Knowledge' }).click();
  const chooser = ui.waitForEvent('filechooser');
  await ui.getByText('Drag & drop or click to upload').click();
  await (await chooser).setFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from(text) });
}

async function quit(app: ElectronApplication): Promise<void> {
  expect(await quitApp(app)).toEqual({ code: 0, signal: null });
}

/** Characters of the app's log in an error. */
const LOG_END = 4_000;

/** Does the first page: creates an account and accepts the terms, and chooses no model. @returns the page */
export async function makeAccount(app: ElectronApplication, home: string): Promise<Page> {
  const ui = await settledUi(app, home);
  try {
    await createAccount(ui);
  } catch (error) {
    const text = await ui.locator('body').innerText({ timeout: 5_000 }).catch(String);
    const facts = [(error as Error).message, `${ui.url()} shows: ${text}`, mainLog(home).slice(-LOG_END)];
    throw new Error(facts.join('\n\n'), { cause: error });
  }
  return ui;
}

/** Does the first page in any browser. */
export async function createAccount(ui: Page): Promise<void> {
  await ui.getByRole('heading', { name: words.welcome }).waitFor({ timeout: 60_000 });
  await ui.getByLabel(words.name).fill('ada');
  await ui.getByText(words.later, { exact: true }).click();
  await ui.getByRole('checkbox').check();
  await ui.getByRole('button', { name: words.start }).click();
  await ui.getByPlaceholder(/^Message CachiBot/).waitFor({ timeout: 60_000 });
}

/** A started app with the real server, an account and a fake model. */
export interface OpenChat {
  home: string;
  app: ElectronApplication;
  ui: Page;
  model: Awaited<ReturnType<typeof openFakeModel>>;
  /** To start the app again with the same data. */
  setting: LaunchOptions;
}

/** Starts the app with an empty home and a fake model, until the test is over, and creates an account. */
export async function openChat(server: LaunchOptions['server'] = [python(), serverScript]): Promise<OpenChat> {
  const home = temporaryFolder();
  const model = await openFakeModel();
  onTestFinished(() => void model.close());
  const setting = { home, server, env: model.env };
  const app = await startApp(setting);
  return { home, app, ui: await makeAccount(app, home), model, setting };
}

/** Kills the server while a text is typed: the server restarts, and the text is still there and can be sent. */
async function loseServer(ui: Page, home: string): Promise<void> {
  const box = ui.getByPlaceholder(/^Message CachiBot/);
  await box.fill('Are you still there?');
  await ui.evaluate(() => Object.assign(window, { mark: 'the same page' }));
  process.kill(serverPid(home), 'SIGKILL');
  await expect.poll(() => mainLog(home)).toContain('"phase":"restarting"');
  await ui.getByText('Connected', { exact: true }).waitFor({ state: 'hidden' });
  await ui.getByText('Connected', { exact: true }).waitFor({ timeout: 90_000 });
  expect(await box.inputValue()).toBe('Are you still there?');
  expect(await ui.evaluate(() => 'mark' in window)).toBe(true);
  await box.press('Enter');
  await ui.getByText('You said: Are you still there?').first().waitFor({ timeout: 60_000 });
}

/**
 * Creates an account, chats and quits; starts again, is still logged in and sees the conversation; continues after a
 * crash of the server.
 */
export async function runUserJourney(options: Pick<LaunchOptions, 'server' | 'packed'>): Promise<void> {
  const home = temporaryFolder();
  const model = await openFakeModel();
  onTestFinished(() => void model.close());
  const setting: LaunchOptions = {
    ...options,
    home,
    env: {
      ...model.env,
      // A variable that developers often have set: it must not move the user's data.
      DATABASE_URL: `sqlite+aiosqlite:///${join(home, 'elsewhere.db')}`,
    },
  };

  const first = await startApp(setting);
  const setup = await makeAccount(first, home);
  await say(setup, 'Good morning');
  await setup.getByText('You said: Good morning').first().waitFor({ timeout: 60_000 });
  await setup.screenshot({ path: join(outputFolder(), 'chat.png') });
  expect(model.questions).toContain('Good morning');
  await quit(first);
  expect(await canConnect(5870)).toBe(false);
  expect(pidsOf(home)).toEqual([]);

  const second = await startApp(setting);
  const again = await settledUi(second, home);
  await again.getByText('Good morning').first().click({ timeout: 60_000 });
  await again.getByText('You said: Good morning').first().waitFor();
  await again.waitForTimeout(3_000);
  await say(again, 'And good night');
  await again.getByText('You said: And good night').first().waitFor({ timeout: 60_000 });
  await again.screenshot({ path: join(outputFolder(), 'chat-after-restart.png') });
  await loseServer(again, home);
  await quit(second);
  expect(pidsOf(home)).toEqual([]);
  expect(existsSync(join(home, 'elsewhere.db'))).toBe(false);
}
