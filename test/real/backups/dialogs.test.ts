/** Back Up… and Restore… in the menu and on the failure page. */
// @module-tag linux: uses electron-app.ts and desktop-session.ts
// @module-tag left-to-ci

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { words } from '../../../desktop/words/en';
import { openDesktopSession } from '../../drivers/desktop-session';
import {
  blockAt,
  diary,
  exitOf,
  failurePage,
  mainLog,
  outputFolder,
  pageAt,
  python,
  serverScript,
  shownUi,
  startApp,
  temporaryFolder,
  unblock,
} from '../../drivers/electron-app';
import { chooseFromMenu } from '../../drivers/menu';

interface Dialogs {
  /** Index of the button that is clicked in each message box; the first button by default. */
  clicks: number[];
  shown: { message: string; buttons?: string[] | undefined }[];
}

/** Answers the file dialogs with `file`, and the message boxes with `clicks`. */
async function answerDialogs(app: ElectronApplication, file: string, clicks: number[] = []): Promise<void> {
  await app.evaluate(
    ({ dialog }, given) => {
      const dialogs: Dialogs = { clicks: given.clicks, shown: [] };
      Object.assign(globalThis, { dialogs });
      Object.assign(dialog, {
        showSaveDialog: async () => ({ canceled: false, filePath: given.file }),
        showOpenDialog: async () => ({ canceled: false, filePaths: [given.file] }),
        showMessageBox: async (...args: { message: string; buttons?: string[] }[]) => {
          const { message = '', buttons } = args.at(-1) ?? {};
          dialogs.shown.push({ message, buttons });
          return { response: dialogs.clicks.shift() ?? 0 };
        },
      });
    },
    { file, clicks },
  );
}

const shown = async (app: ElectronApplication) =>
  (await app.evaluate(() => (globalThis as unknown as { dialogs: Dialogs }).dialogs.shown)).map(box => box.message);

const timesReady = (home: string) => mainLog(home).split('"phase":"ready"').length - 1;

const CHATS = 'cachibot-chats-test';

async function write(app: ElectronApplication, text: string): Promise<void> {
  const ui = await shownUi(app);
  await ui.evaluate(([key, value]) => localStorage.setItem(key ?? '', value ?? ''), [CHATS, text]);
}

it('backs up with a password, and restores the page’s chats after a relaunch', async () => {
  const home = temporaryFolder();
  const file = join(home, 'all.cachibot-backup');
  const server = [python(), serverScript];
  const app = await startApp({ home, server });
  await expect.poll(() => mainLog(home), { timeout: 60_000 }).toContain('"phase":"ready"');
  await write(app, 'before');

  await answerDialogs(app, file);
  await chooseFromMenu(app, 'back-up');
  const asks = await pageAt(app, 'app://password/password.html?encrypt');
  await asks.locator('#first').fill('a password');
  await asks.locator('#second').fill('another');
  await asks.locator('#done').click();
  expect(await asks.locator('#problem').textContent()).toBe(words.pages.passwordsDiffer);
  await asks.screenshot({ path: join(outputFolder(), 'password.png') });
  await asks.locator('#second').fill('a password');
  await asks
    .locator('#second')
    .press('Enter')
    .catch(() => {}); // the window closes
  await expect.poll(() => shown(app), { timeout: 20_000 }).toEqual([words.backups.saved]);
  expect(statSync(file).size).toBeGreaterThan(1000);

  await write(app, 'after');
  await answerDialogs(app, file);
  const exited = exitOf(app);
  await chooseFromMenu(app, 'restore');
  const opens = await pageAt(app, 'app://password/password.html?open');
  expect(await shown(app)).toEqual([words.backups.chooseTitle, words.backups.restoreFile('all.cachibot-backup')]);
  await opens.locator('#first').fill('a password');
  await opens
    .locator('#done')
    .click()
    .catch(() => {});
  expect((await exited).code, 'requests a relaunch').toBe(75);

  const again = await startApp({ home, server });
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('backup: Restored');
  expect(await (await shownUi(again)).evaluate(key => localStorage.getItem(key), CHATS)).toBe('before');
  const copies = readdirSync(join(home, '.cachibot', 'backups'));
  expect(copies).toEqual([expect.stringMatching(/^before-restore-/)]);
});

it('starts the server again when the password cannot be asked for', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const server = [python(), serverScript];
  const app = await startApp({ home, server });
  await expect.poll(() => mainLog(home), { timeout: 60_000 }).toContain('"phase":"ready"');
  const file = join(home, 'all.cachibot-backup');
  const [program = '', ...args] = [...server, '--back-up-all', file, '--password-stdin'];
  execFileSync(program, args, { env: { ...process.env, HOME: home }, input: 'a password\n' });
  await answerDialogs(app, file);
  await app.evaluate(({ BrowserWindow }) => {
    const { loadURL } = BrowserWindow.prototype;
    BrowserWindow.prototype.loadURL = function (url, ...more) {
      return loadURL.call(this, url.startsWith('app://password/') ? 'http://127.0.0.1:9/' : url, ...more);
    };
  });
  await chooseFromMenu(app, 'restore');
  await expect.poll(() => shown(app), { timeout: 20_000 }).toContain(words.backups.notRestored);
  await expect.poll(() => timesReady(home), { timeout: 60_000 }).toBe(2);
  await shownUi(app);
});

it('restores the page’s chats from the copy that a new version has made', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const server = [python(), serverScript];
  const first = await startApp({ home, server });
  await expect.poll(() => mainLog(home), { timeout: 60_000 }).toContain('"phase":"ready"');
  await write(first, 'before');
  await first.close();
  const record = join(home, '.cachibot', 'desktop.json');
  writeFileSync(record, JSON.stringify({ ...JSON.parse(readFileSync(record, 'utf8')), app: '0.0.1' }));

  const app = await startApp({ home, server });
  await expect.poll(() => timesReady(home), { timeout: 60_000 }).toBe(2);
  await write(app, 'after');
  const copies = readdirSync(join(home, '.cachibot', 'backups'));
  expect(copies).toEqual([expect.stringMatching(/\.db$/), expect.stringMatching(/\.page$/)]);
  await answerDialogs(app, '');
  const exited = exitOf(app);
  await chooseFromMenu(app, 'restore');
  expect((await exited).code, 'requests a relaunch').toBe(75);

  const again = await startApp({ home, server });
  expect(await (await shownUi(again)).evaluate(key => localStorage.getItem(key), CHATS)).toBe('before');
});

it('relaunches to finish a restore that another server has delayed', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const file = join(home, 'all.cachibot-backup');
  const server = [python(), serverScript];
  const first = await startApp({ home, server });
  await expect.poll(() => mainLog(home), { timeout: 60_000 }).toContain('"phase":"ready"');
  await write(first, 'before');
  await answerDialogs(first, file);
  await chooseFromMenu(first, 'back-up');
  await (await pageAt(first, 'app://password/password.html?encrypt'))
    .locator('#without')
    .click()
    .catch(() => {});
  await expect.poll(() => shown(first), { timeout: 20_000 }).toEqual([words.backups.saved]);
  await write(first, 'after');
  await answerDialogs(first, file);
  const exited = exitOf(first);
  await chooseFromMenu(first, 'restore');
  expect((await exited).code, 'requests a relaunch').toBe(75);

  const holder = await holdData(home);
  const second = await startApp({ home, server });
  const page = await failurePage(second);
  expect(await page.locator('#title').textContent()).toBe(words.failure.dataInUse.title);
  await answerDialogs(second, join(home, 'other.cachibot-backup'));
  holder.kill();
  await page.locator('#back-up').click();
  await (await pageAt(second, 'app://password/password.html?encrypt'))
    .locator('#without')
    .click()
    .catch(() => {});
  // A copy would have the page's storage from before the restore, and the database from after it.
  await expect.poll(() => shown(second), { timeout: 20_000 }).toEqual([words.backups.notSaved]);
  const relaunched = exitOf(second);
  await page.locator('#retry').click();
  expect((await relaunched).code, 'requests a relaunch, because the page’s storage may be open').toBe(75);

  const third = await startApp({ home, server });
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('backup: Restored');
  expect(await (await shownUi(third)).evaluate(key => localStorage.getItem(key), CHATS)).toBe('before');
});

it('names the reason why a restore could not be finished, and offers to restart the app', async () => {
  const home = temporaryFolder();
  mkdirSync(join(home, '.cachibot'));
  writeFileSync(join(home, '.cachibot', 'restore.json'), '{}');
  const program = 'case "$*" in *--finish-restore*) echo "The disk is full." >&2; exit 50;; *) exit 62;; esac';
  const app = await startApp({ home, server: ['/bin/sh', '-c', program, 'server'] });
  const page = await failurePage(app);
  expect(await page.locator('#title').textContent()).toBe(words.failure.restorePending.title);
  expect(await page.locator('#detail').textContent()).toBe(`The disk is full. ${words.failure.restorePending.detail}`);
  expect(await page.locator('#relaunch').isVisible()).toBe(true);
});

/** Holds the lock on the data, as another server does. */
async function holdData(home: string): Promise<ChildProcess> {
  const program = [
    'import sys, pathlib, time',
    `sys.path.insert(0, ${JSON.stringify(dirname(serverScript))})`,
    'from cachibot_desktop.data.lock import DataLock',
    `lock = DataLock(pathlib.Path(${JSON.stringify(join(home, '.cachibot'))}))`,
    'print("held", flush=True)',
    'time.sleep(600)',
  ].join('\n');
  const holder = spawn(python(), ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill());
  await once(holder.stdout, 'data');
  return holder;
}

it('offers both on the failure page', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'crash' });
  const page = await failurePage(app);
  await answerDialogs(app, join(home, 'file'), [1]);
  await page.locator('#restore').click();
  await expect.poll(() => shown(app)).toEqual([words.backups.chooseTitle]);
  await page.locator('#back-up').click();
  await (await pageAt(app, 'app://password/password.html'))
    .locator('#without')
    .click()
    .catch(() => {});
  await expect.poll(() => shown(app)).toEqual([words.backups.chooseTitle, words.backups.notSaved]);
});

it('lets nothing cut off a backup by accident: no restart, no new chat, no quit without a question', async () => {
  const desktop = await openDesktopSession();
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy', env: desktop.env });
  await shownUi(app);
  const { newChat, restartServer, show, quitApp, toolTip, status } = words.background;
  const { check } = words.updates;
  await expect.poll(() => desktop.trayIcons()).toBe(1);
  await expect.poll(() => desktop.trayToolTip()).toBe(toolTip(status.ready));
  expect(await desktop.trayChoices()).toEqual([show, newChat, restartServer, check, quitApp]);
  await answerDialogs(app, join(home, 'file'), [1, 0, 0]);
  await chooseFromMenu(app, 'back-up');
  const password = await pageAt(app, 'app://password/password.html');
  await expect.poll(() => desktop.trayChoices()).toEqual([show, quitApp]);
  await chooseFromMenu(app, 'settings');
  const settings = await pageAt(app, 'app://settings/settings.html');
  await settings.locator('#openV1').check();
  await settings.locator('#restart-server').click();
  const { inProgress, quitQuestion, notSaved } = words.backups;
  await expect.poll(() => shown(app)).toEqual([inProgress]);

  // A user who stops the backup has not agreed that an answer stops, too.
  blockAt(home, 'answer');
  await answerDialogs(app, join(home, 'file'), [0, 1]);
  await desktop.chooseInTray(quitApp);
  await expect.poll(() => shown(app)).toEqual([quitQuestion, words.work.quitQuestion]);
  unblock(home, 'answer');

  await answerDialogs(app, join(home, 'file'), [1, 0, 0]);
  await desktop.chooseInTray(quitApp);
  await expect.poll(() => shown(app)).toEqual([quitQuestion]);
  expect(diary(home).map(({ event }) => event)).not.toContain('stop-requested');
  await password
    .locator('#without')
    .click()
    .catch(() => {});
  // The scripted server makes no backup.
  await expect.poll(() => shown(app)).toEqual([quitQuestion, notSaved]);
  await expect.poll(() => desktop.trayChoices()).toEqual([show, newChat, restartServer, check, quitApp]);
  const exit = exitOf(app);
  await desktop.chooseInTray(quitApp);
  expect((await exit).code).toBe(0);
});
