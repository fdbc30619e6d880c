// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';
import { SITES } from '../../../desktop/window/core/sites';
import { words } from '../../../desktop/words/en';
import {
  failurePage,
  mainLog,
  outputFolder,
  recordOpenedLinks,
  shownUi,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';

const logs = (home: string) => join(home, '.config', 'CachiBot', 'logs');

/** Answers each save dialog with the next path; undefined cancels. Records the suggested paths and the messages. */
async function answerDialogs(app: ElectronApplication, ...paths: (string | undefined)[]): Promise<void> {
  await app.evaluate(({ dialog }, answers) => {
    const seen = { offered: [] as string[], messages: [] as string[] };
    Object.assign(globalThis, { dialogs: seen });
    Object.assign(dialog, {
      showSaveDialog: async (...args: { defaultPath?: string }[]) => {
        seen.offered.push(String(args.at(-1)?.defaultPath));
        const filePath = answers.shift();
        return filePath ? { canceled: false, filePath } : { canceled: true, filePath: '' };
      },
      showMessageBox: async (...args: { detail?: string }[]) => {
        seen.messages.push(String(args.at(-1)?.detail));
        return { response: 0 };
      },
    });
  }, paths);
}

const dialogs = (app: ElectronApplication) =>
  app.evaluate(() => (globalThis as unknown as { dialogs: { offered: string[]; messages: string[] } }).dialogs);

it('saves everything that helps in one file, without secrets', async () => {
  const home = temporaryFolder();
  mkdirSync(join(home, 'Downloads'));
  mkdirSync(logs(home), { recursive: true });
  writeFileSync(join(home, '.config', 'user-dirs.dirs'), 'XDG_DOWNLOAD_DIR="$HOME/Downloads"\n');
  writeFileSync(join(logs(home), 'hang.txt'), 'Thread 0x1 (most recent call first):\n  File "x.py", line 1 in wait\n');
  writeFileSync(join(logs(home), 'server.log.old'), 'what an earlier run said\n');
  const app = await startApp({ home, server: 'crash-with-secret' });
  const page = await failurePage(app);
  const file = join(home, 'Downloads', 'my report.txt');
  await answerDialogs(app, file);
  await page.locator('#report').click();
  await expect.poll(() => page.locator('#report').textContent(), { timeout: 30_000 }).toBe(words.pages.reportSaved);

  expect((await dialogs(app)).offered).toEqual([
    expect.stringMatching(/\/Downloads\/CachiBot report \d{4}-\d\d-\d\d\.txt$/),
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, 'utf8');
  writeFileSync(join(outputFolder(), 'report.txt'), text);
  const parts = [
    /^CachiBot diagnostic report, created \d{4}-/,
    /CachiBot \d+\.\d+\.\d+, Electron \d+/,
    /Failure on the screen[\s\S]*The server stopped before it was ready[\s\S]*code 3/,
    /Events, in seconds[\s\S]*\d+\.\d{3} s {2}.*"phase":"starting"[\s\S]*\d+\.\d{3} s {2}.*"phase":"failed"/,
    /"build": "clone"[\s\S]*"holder": null[\s\S]*"says": "The database is OK."/,
    /hang\.txt[\s\S]*line 1 in wait/,
    /main\.log\)[\s\S]*server: \{"phase":"failed"/,
    /server\.log\)[\s\S]*what an earlier run said[\s\S]*"api_key": "\[hidden\]"/,
  ];
  for (const part of parts) expect(text).toMatch(part);
  expect(text).not.toContain('hunter2');
  expect(text).not.toContain(home);
  expect(text).toContain('~/.cachibot');
});

it('says when it cannot be saved, and asks for another path', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'crash' });
  const page = await failurePage(app);
  const second = join(home, 'second.txt');
  await answerDialogs(app, join(home, 'no such folder', 'first.txt'), second);
  await page.locator('#report').click();
  await expect.poll(() => page.locator('#report').textContent(), { timeout: 30_000 }).toBe(words.pages.reportSaved);
  expect((await dialogs(app)).messages).toEqual([
    expect.stringMatching(/first\.txt: ENOENT.*Choose another folder\.$/),
  ]);
  expect(existsSync(second)).toBe(true);
});

it('saves nothing when the user cancels', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'crash' });
  const page = await failurePage(app);
  await answerDialogs(app, undefined);
  await page.locator('#report').click();
  await expect.poll(async () => (await dialogs(app)).offered.length).toBe(1);
  await expect.poll(() => page.locator('#report').isEnabled()).toBe(true);
  expect(await page.locator('#report').textContent()).toBe(words.pages.saveReport);
  expect((await dialogs(app)).messages).toEqual([]);
});

it('can be saved from the menu while the server is ready', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  await shownUi(app);
  await expect.poll(() => mainLog(home)).toContain('"phase":"ready"');
  const file = join(home, 'report.txt');
  const opened = await recordOpenedLinks(app);
  await answerDialogs(app, file);
  const { reportProblem, openLogs } = words.menu;
  const help = await app.evaluate(({ Menu }, reportProblem) => {
    const menu = Menu.getApplicationMenu()?.items.find(item => item.role?.toLowerCase() === 'help')?.submenu;
    menu?.items.find(item => item.label === reportProblem)?.click();
    return menu?.items.map(item => item.label);
  }, reportProblem);
  expect(help).toEqual(expect.arrayContaining([reportProblem, openLogs]));
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8'), { timeout: 30_000 }).toMatch(/main\.log/);
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('"phase":"ready"');
  expect(text).not.toContain(words.report.failure);
  // It says where to send the report, and opens that place when the user wants it.
  expect((await dialogs(app)).messages).toEqual([words.report.whereToSend(SITES.problems)]);
  await expect.poll(opened).toEqual([SITES.problems]);
});

it('the failure page fits into its window, light and dark, however long its text is', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'crash' });
  const page = await failurePage(app);
  await expect.poll(() => page.locator('#title').textContent()).toContain('stopped');
  await page.evaluate(() => {
    const text = (id: string, content: string) => {
      document.getElementById(id)!.textContent = content;
    };
    text(
      'detail',
      `In the folder ${'a-long-name/'.repeat(20)}, some files are damaged. ${'Install it again. '.repeat(12)}`,
    );
    text('lines', `${'a line that is quite long '.repeat(12)}\n`.repeat(10));
  });
  const sizes = [
    { width: 720, height: 560 },
    { width: 520, height: 400 },
  ];
  for (const size of sizes) {
    await app.evaluate(({ BrowserWindow }, { width, height }) => {
      BrowserWindow.getAllWindows()[0]?.setSize(width, height);
    }, size);
    await page.waitForFunction(({ width }) => innerWidth <= width, size);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(outputFolder(), `failure-${colorScheme}-${size.width}.png`) });
      expect(await page.evaluate(hiddenButtons), `${colorScheme}, ${size.width} px`).toEqual([]);
    }
  }
});

/** In the page: the IDs of the buttons that are not entirely in the window. */
function hiddenButtons(): string[] {
  return [...document.querySelectorAll<HTMLElement>('button:not([hidden])')]
    .filter(button => {
      const { bottom, right, height } = button.getBoundingClientRect();
      return bottom > innerHeight || right > innerWidth || height === 0;
    })
    .map(button => button.id);
}
