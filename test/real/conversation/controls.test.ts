/** Controls of CachiBot's page that do nothing in the stock page. Real Electron, real CachiBot, and a fake model. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { outputFolder, quitApp, startApp, UI } from '../../drivers/electron-app';
import { pageWords } from '../../drivers/first-use';
import { callApi, type OpenChat, openChat, settledUi } from '../../drivers/user-journey';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

type Setting = Omit<OpenChat, 'setting'>;

const messageBox = (ui: Page) => ui.locator('textarea.chat-textarea');
const picture = (ui: Page, name: string) => ui.screenshot({ path: join(outputFolder(), `controls-${name}.png`) });
const pathOf = (ui: Page) => new URL(ui.url()).pathname;

function makeFile(home: string, name: string, content: string | Buffer = ''): string {
  mkdirSync(join(home, 'files'), { recursive: true });
  writeFileSync(join(home, 'files', name), content);
  return join(home, 'files', name);
}

/** Drops a file or folder of the disk on an element, as a file manager does. */
async function drop(ui: Page, path: string, selector: string): Promise<void> {
  const box = await ui.locator(selector).first().boundingBox();
  if (!box) throw new Error(`${selector} is not visible`);
  const session = await ui.context().newCDPSession(ui);
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  await session.detach();
}

/** Title of the window that shows CachiBot's page. */
function title(app: ElectronApplication): Promise<string | undefined> {
  return app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()
      .find(({ webContents }) => webContents.getURL().startsWith('http:'))
      ?.getTitle(),
  );
}

async function paperclip({ home, ui, model }: Setting): Promise<void> {
  await ui.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
  const chooser = ui.waitForEvent('filechooser');
  await ui.getByTitle('Attach file').click();
  await (await chooser).setFiles([
    makeFile(home, 'figures.csv', 'year,sum\n2026,17'),
    makeFile(home, 'a b.txt', 'second'),
  ]);
  const lines = '\n\nAttached: Attachments/figures.csv\nAttached: Attachments/a b.txt';
  await expect.poll(() => messageBox(ui).inputValue()).toBe(lines);
  await ui.keyboard.type('How much?');
  await picture(ui, 'attached');
  await messageBox(ui).press('Enter');
  await expect.poll(() => model.questions.at(-1), { timeout: 60_000 }).toContain('2026,17');
  expect(model.questions.at(-1)).toContain('How much?');
  expect(readFileSync(join(home, 'CachiBot/Attachments/a b.txt'), 'utf8')).toBe('second');
  await ui.getByText('You said: How much').first().waitFor({ timeout: 60_000 });
}

async function dropping({ home, ui, model }: Setting): Promise<void> {
  await drop(ui, makeFile(home, 'dot.png', Buffer.from(PIXEL, 'base64')), '.chat-messages');
  await expect.poll(() => messageBox(ui).inputValue()).toContain('Attached: Attachments/dot.png');
  await picture(ui, 'dropped');
  await messageBox(ui).press('Enter');
  await expect.poll(() => model.pictures, { timeout: 60_000 }).toContain(PIXEL);
  const address = ui.url();
  await drop(ui, makeFile(home, 'elsewhere.txt'), '.app-shell__sidebar');
  expect(ui.url()).toBe(address);
  expect(await messageBox(ui).inputValue()).toBe('');
}

async function notAttached({ home, ui }: Setting): Promise<void> {
  const large = makeFile(home, 'large.bin');
  truncateSync(large, 50_000_001);
  await drop(ui, large, '.chat-messages');
  await ui.getByText('large.bin is larger than 50 MB.').waitFor();
  await drop(ui, join(home, 'files'), '.chat-messages');
  await ui.getByText(pageWords.attachmentUnreadable.replace('{name}', 'files')).waitFor();
  await picture(ui, 'not-attached');
  expect(existsSync(join(home, 'CachiBot/Attachments/large.bin'))).toBe(false);
}

async function browse({ home, app, ui }: Setting): Promise<void> {
  const folder = join(home, 'Project');
  mkdirSync(folder);
  await app.evaluate(({ dialog }, folder) => {
    Object.assign(dialog, { showOpenDialog: async () => ({ canceled: false, filePaths: [folder] }) });
  }, folder);
  await ui.goto(`${UI}settings`);
  await ui.getByRole('button', { name: 'Browse' }).click({ timeout: 60_000 });
  await expect.poll(() => ui.locator('input.settings-input--readonly').first().inputValue()).toBe(folder);
  expect((await callApi(ui, 'GET', '/api/config')).workspace_path).toBe(folder);
  await picture(ui, 'work-folder');
}

async function mobile({ ui }: Setting): Promise<void> {
  await ui.getByText(pageWords.noMobile).scrollIntoViewIfNeeded();
  expect(await ui.getByText('Pair Mobile Device').count()).toBe(0);
  await picture(ui, 'mobile');
}

/** The reason has a space beside its label, even with a word that is longer than its line. */
async function updateProblem({ app, ui }: Setting): Promise<void> {
  const message = `The update is signed by “${'Long'.repeat(60)}”.`;
  await app.evaluate(
    ({ webContents }, [url, message]) =>
      webContents
        .getAllWebContents()
        .find(one => one.getURL().startsWith(url))
        ?.send('update:error', { message }),
    [UI, message] as const,
  );
  const reason = ui.getByText(message);
  await reason.scrollIntoViewIfNeeded();
  await picture(ui, 'update-problem');
  const place = async (text: string) => (await ui.getByText(text, { exact: true }).boundingBox())!;
  const [label, other, text] = [await place('Last Error'), await place('Current Version'), await place(message)];
  expect(label.height, 'one line').toBe(other.height);
  expect(text.x - (label.x + label.width)).toBeGreaterThanOrEqual(16);
  expect(await reason.evaluate(({ scrollWidth, parentElement }) => scrollWidth <= parentElement!.clientWidth)).toBe(
    true,
  );
  const button = ui.getByRole('button', { name: 'Run Wizard' });
  expect(await button.evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)).toBe(0);
}

async function addTask({ ui }: Setting): Promise<void> {
  await ui.goto(`${UI}default/tasks`);
  await ui.locator('.tasks-add-btn').click({ timeout: 60_000 });
  await ui.getByLabel(pageWords.taskTitle).last().press('Escape');
  await expect.poll(() => ui.locator('dialog').count()).toBe(0);
  await ui.locator('.tasks-add-btn').click();
  await picture(ui, 'question');
  await ui.keyboard.type('Water the plants');
  await ui.keyboard.press('Enter');
  await ui.getByText('Water the plants').first().waitFor();
  await expect.poll(() => ui.locator('dialog').count()).toBe(0);
}

async function newScript({ ui }: Setting): Promise<void> {
  await ui.goto(`${UI}default/automations`);
  await ui.getByRole('button', { name: 'New Script' }).click({ timeout: 60_000 });
  await ui.keyboard.type('Tidy up');
  await ui.getByRole('button', { name: pageWords.ok }).click();
  await expect.poll(() => pathOf(ui)).toMatch(/^\/default\/automations\/[0-9a-f-]{36}\/edit$/);
  await ui.getByText('Tidy up').first().waitFor({ timeout: 60_000 });
  await picture(ui, 'script');
}

async function importing({ home, ui }: Setting): Promise<void> {
  const now = '2026-01-01T00:00:00Z';
  const store = (state: object) => JSON.stringify({ state, version: 1 });
  const message = { id: 'm', role: 'user', content: 'An old question', timestamp: now };
  const file = {
    exportedAt: now,
    bots: store({
      bots: [{ id: 'b1', name: 'Old bot', systemPrompt: 'x', createdAt: now, updatedAt: now }, { id: 1 }],
    }),
    chats: store({
      chats: [{ id: 'c1', botId: 'b1', title: 'Old chat', createdAt: now, updatedAt: now }],
      messages: { c1: [message, { id: 'bad' }] },
    }),
  };
  const choose = async (content: string) => {
    const chooser = ui.waitForEvent('filechooser');
    await ui.getByRole('button', { name: 'Import' }).click({ timeout: 60_000 });
    await (await chooser).setFiles(makeFile(home, 'export.json', content));
  };
  await ui.goto(`${UI}settings`);
  await ui.getByText(/^Data/).first().click({ timeout: 60_000 });
  await choose('{}');
  await ui.getByText(pageWords.notAnExport.replace('{name}', 'export.json')).waitFor();
  await choose(JSON.stringify(file));
  await ui.getByText('Added from the file: bots 1, chats 1, tasks 0.').waitFor();
  await picture(ui, 'imported');
  await ui.goto(`${UI}b1/chats/c1`);
  await ui.getByText('An old question').first().waitFor({ timeout: 60_000 });
}

async function developer({ ui }: Setting): Promise<void> {
  await ui.goto(`${UI}default/chats`);
  const part = ui.locator('.sidebar-section-btn', { hasText: 'API Docs' });
  // The page closes its menu when it replaces its tree, after its start.
  const open = async () => {
    await ui.getByTitle('More', { exact: true }).first().click({ timeout: 2_000 });
    await ui.locator('.context-menu__item', { hasText: 'Developer' }).click({ timeout: 2_000 });
  };
  await expect
    .poll(
      () =>
        open().then(
          () => part.count(),
          () => 0,
        ),
      { timeout: 60_000 },
    )
    .toBe(1);
  await part.click();
  await ui.getByText(pageWords.v1Closed).waitFor({ timeout: 60_000 });
  await ui.getByText('http://127.0.0.1:5870/v1', { exact: true }).waitFor();
  await picture(ui, 'developer');
}

it('has no dead controls, and opens the last chat at the next start', { timeout: 300_000 }, async () => {
  const { home, app, ui, model, setting } = await openChat();
  for (const row of [paperclip, dropping, notAttached]) await row({ home, app, ui, model });

  await expect.poll(() => title(app)).toMatch(/^How much\?.* – CachiBot$/);
  const path = pathOf(ui);
  await ui.goto(`${UI}settings`);
  await expect.poll(() => title(app)).toBe('CachiBot');
  await quitApp(app);

  const again = await startApp(setting);
  const opened = await settledUi(again, home);
  await expect.poll(() => pathOf(opened), { timeout: 60_000 }).toBe(path);
  await opened.getByText('You said: How much').first().waitFor({ timeout: 60_000 });
  await expect.poll(() => title(again)).toMatch(/^How much\?.* – CachiBot$/);

  const failures: string[] = [];
  for (const row of [browse, mobile, updateProblem, addTask, newScript, importing, developer])
    await row({ home, app: again, ui: opened, model }).catch(error => failures.push(`${row.name}: ${error}`));
  expect(failures).toEqual([]);
});
