/** Downloads of the page: the dialog, the bar, the file, and each way in which that fails. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { words } from '../../../desktop/words/en';
import { expectAccessible } from '../../drivers/accessibility';
import { recordDialogs } from '../../drivers/dialogs';
import { blockAt, diary, mainLog, openUi, outputFolder, pageAt, quitApp, unblock } from '../../drivers/electron-app';

const BAR = 'app://shell/download.html';
const { saveTitle, saving, saved, notSaved, refused, diskFull, diskSilent, notAllowed } = words.downloads;

interface Desktop {
  /** The file that the user chooses in the dialog; without one, the user cancels. */
  path?: string;
  dialogs: { title: string; defaultPath: string }[];
  shown: string[];
  progress: number[];
}

/** Answers the system's dialog in its place, and records what the app asks the system for. */
async function replaceDesktop(app: ElectronApplication) {
  await app.evaluate(({ BrowserWindow, session, shell }) => {
    const state: Desktop = { dialogs: [], shown: [], progress: [] };
    Object.assign(globalThis, { desktop: state });
    shell.showItemInFolder = path => void state.shown.push(path);
    BrowserWindow.prototype.setProgressBar = part => void state.progress.push(part);
    session.fromPartition('persist:cachibot').on('will-download', (event, item) => {
      if (event.defaultPrevented) return;
      const { title = '', defaultPath = '' } = item.getSaveDialogOptions();
      state.dialogs.push({ title, defaultPath });
      if (state.path === undefined) item.cancel();
      else item.setSavePath(state.path);
    });
  });
  return {
    choose: (path?: string) =>
      app.evaluate((_electron, path) => {
        Object.assign((globalThis as unknown as { desktop: Desktop }).desktop, { path });
      }, path),
    seen: () => app.evaluate(() => (globalThis as unknown as { desktop: Desktop }).desktop),
  };
}

/** Starts a download that never ends by itself. @returns changes how much of its 1,000 bytes have arrived */
async function startSlowDownload(app: ElectronApplication, path: string) {
  await app.evaluate(({ session }, path) => {
    const { EventEmitter } = process.getBuiltinModule('node:events');
    const item = Object.assign(new EventEmitter(), {
      getURL: () => 'data:,x',
      getFilename: () => 'slow.txt',
      getSavePath: () => path,
      setSaveDialogOptions: () => {},
      getSaveDialogOptions: () => ({}),
      setSavePath: () => {},
      getReceivedBytes: () => 0,
      getTotalBytes: () => 1_000,
      cancel: () => item.emit('done', {}, 'cancelled'),
    });
    Object.assign(globalThis, { item });
    const download = { defaultPrevented: false, preventDefault() {} };
    session.fromPartition('persist:cachibot').emit('will-download', download, item, undefined);
  }, path);
  return (bytes: number, state: 'progressing' | 'interrupted' = 'progressing') =>
    app.evaluate(
      (_electron, { bytes, state }) => {
        const { item } = globalThis as unknown as { item: Electron.DownloadItem };
        item.getReceivedBytes = () => bytes;
        item.emit('updated', {} as Electron.Event, state);
      },
      { bytes, state },
    );
}

/** Clicks a link of the page that downloads so many bytes. */
function download(ui: Page, name: string, bytes: number): Promise<void> {
  return ui.evaluate(
    ([name, bytes]) => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob(['x'.repeat(bytes)]));
      link.download = name;
      link.click();
    },
    [name, bytes] as const,
  );
}

async function picturesOf(bar: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await bar.emulateMedia({ colorScheme });
    await bar.screenshot({ path: join(outputFolder(), `download-${name}-${colorScheme}.png`) });
  }
}

const bars = (app: ElectronApplication) => app.windows().filter(page => page.url() === BAR).length;

it('saves a file under the name that the user chooses, and shows where it is', async () => {
  const { home, app, ui } = await openUi();
  const { choose, seen } = await replaceDesktop(app);
  const path = join(home, 'chosen.txt');
  await choose(path);
  await ui.locator('#box').focus();
  await download(ui, 'photo\u202egnp.exe', 1_000);
  const bar = await pageAt(app, BAR);
  await expect.poll(() => bar.locator('#text').textContent()).toBe(saved('chosen.txt'));
  expect((await seen()).dialogs).toEqual([{ title: saveTitle, defaultPath: join(home, 'photo_gnp.exe') }]);
  expect(readFileSync(path, 'utf8')).toBe('x'.repeat(1_000));
  expect((await seen()).progress.at(-1)).toBe(-1);
  expect(await ui.evaluate(() => document.hasFocus() && document.activeElement?.id), 'the user types on').toBe('box');
  await expectAccessible(bar);
  await picturesOf(bar, 'saved');
  await bar.locator('#show').click();
  await expect.poll(async () => (await seen()).shown).toEqual([path]);
  await expect.poll(() => bars(app)).toBe(0);

  // The user cancels the dialog.
  await choose();
  await download(ui, 'b.txt', 10);
  await expect.poll(async () => (await seen()).dialogs.at(-1)?.defaultPath).toBe(join(home, 'b.txt'));
  expect(bars(app)).toBe(0);

  // *Save Image As…* does this.
  await choose(join(home, 'picture.png'));
  await app.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows().find(one => one.webContents.getURL().startsWith('http:'));
    window?.webContents.downloadURL('data:image/png;base64,aGVsbG8=');
  });
  await expect.poll(() => existsSync(join(home, 'picture.png'))).toBe(true);
  expect((await seen()).dialogs.at(-1)?.defaultPath).toMatch(/\.png$/);
});

it('does not wait for the folder of downloads, whose disk may not respond', async () => {
  const { home, app, ui } = await openUi();
  const { choose, seen } = await replaceDesktop(app);
  const silent = join(home, 'silent');
  mkdirSync(silent);
  await app.evaluate(({ app }, silent) => {
    app.setPath('downloads', silent);
    const waits: string[] = [];
    Object.assign(globalThis, { waits });
    const files = process.getBuiltinModule('node:fs');
    const { existsSync } = files;
    files.existsSync = path => {
      if (path === silent) waits.push(path);
      return existsSync(path);
    };
    const { stat } = files.promises;
    const look = (path: string) => (path === silent ? new Promise(() => {}) : stat(path));
    Object.assign(files.promises, { stat: look });
  }, silent);
  for (const name of ['a.txt', 'b.txt']) {
    await choose();
    await download(ui, name, 10);
    await expect.poll(async () => (await seen()).dialogs.at(-1)?.defaultPath).toBe(join(home, name));
  }
  expect(await app.evaluate(() => (globalThis as unknown as { waits: string[] }).waits)).toEqual([]);
});

it('shows how far a download is, and cancels it', async () => {
  const { home, app } = await openUi();
  const { choose, seen } = await replaceDesktop(app);
  const path = join(home, 'slow.txt');
  await choose(path);
  const receive = await startSlowDownload(app, path);
  await receive(250);
  const bar = await pageAt(app, BAR);
  await expect.poll(() => bar.locator('#text').textContent()).toBe(saving('slow.txt'));
  await expect.poll(() => bar.locator('#progress').evaluate(one => (one as HTMLProgressElement).value)).toBe(25);
  expect((await seen()).progress.at(-1)).toBe(0.25);
  await receive(500);
  await expect.poll(() => bar.locator('#progress').evaluate(one => (one as HTMLProgressElement).value)).toBe(50);
  await expectAccessible(bar);
  await picturesOf(bar, 'running');
  await bar.locator('#cancel').click();
  await expect.poll(() => bars(app)).toBe(0);
  expect((await seen()).progress.at(-1)).toBe(-1);
});

it('says why a file could not be saved', async () => {
  const { home, app, ui } = await openUi();
  const { choose } = await replaceDesktop(app);
  const mount = (name: string, options: string) => {
    const folder = join(home, name);
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
    return folder;
  };
  const text = async () => (await pageAt(app, BAR)).locator('#text').textContent();
  await choose(join(mount('small', 'size=64k'), 'a.txt'));
  await download(ui, 'a.txt', 1_000_000);
  await expect.poll(text).toBe(notSaved('a.txt', diskFull));
  await choose(join(mount('fixed', 'ro'), 'b.txt'));
  await download(ui, 'b.txt', 10);
  await expect.poll(text).toBe(notSaved('b.txt', notAllowed));

  // The page's own files are saved, those of other sites are not.
  await app.evaluate(({ session }) => session.fromPartition('persist:cachibot').downloadURL('https://a.example/x.txt'));
  await expect.poll(text).toBe(refused);
  await (await pageAt(app, BAR)).locator('#close').click();
  await expect.poll(() => bars(app)).toBe(0);
});

it('says that a disk does not respond, and asks it once for all its downloads', async () => {
  const { home, app } = await openUi();
  const { choose } = await replaceDesktop(app);
  const path = join(home, 'gone', 'slow.txt');
  await choose(path);
  await app.evaluate(
    (_electron, folder) => {
      const requests: string[] = [];
      Object.assign(globalThis, { requests });
      const files = process.getBuiltinModule('node:fs').promises;
      for (const name of ['access', 'stat'] as const) {
        const answer = files[name] as (path: string) => Promise<void>;
        const request = (path: string) => {
          if (!path.startsWith(folder)) return answer(path);
          requests.push(`${name} ${path}`);
          return new Promise(() => {});
        };
        Object.assign(files, { [name]: request });
      }
    },
    join(home, 'gone'),
  );
  for (let round = 1; round <= 3; round++) {
    const receive = await startSlowDownload(app, path);
    await receive(250);
    await receive(250, 'interrupted');
    const text = async () => (await pageAt(app, BAR)).locator('#text').textContent();
    await expect.poll(text).toBe(notSaved('slow.txt', diskSilent));
  }
  const requests = await app.evaluate(() => (globalThis as unknown as { requests: string[] }).requests);
  expect(requests).toHaveLength(1);
});

it('says that a download was interrupted, also when its window is gone', async () => {
  const { home, app } = await openUi();
  const { choose, seen } = await replaceDesktop(app);
  const path = join(home, 'slow.txt');
  await choose(path);
  const interrupted = notSaved('slow.txt', words.downloads.interrupted);
  let receive = await startSlowDownload(app, path);
  await receive(250);
  const bar = await pageAt(app, BAR);
  await expect.poll(() => bar.locator('#text').textContent()).toBe(saving('slow.txt'));
  await receive(250, 'interrupted');
  await expect.poll(() => bar.locator('#text').textContent()).toBe(interrupted);
  expect((await seen()).progress.at(-1)).toBe(-1);
  await bar.locator('#close').click();
  await expect.poll(() => bars(app)).toBe(0);

  receive = await startSlowDownload(app, path);
  await receive(250);
  await pageAt(app, BAR);
  await app.evaluate(({ BrowserWindow, dialog }) => {
    dialog.showMessageBox = async (...args: unknown[]) => {
      Object.assign(globalThis, { said: (args.at(-1) as Electron.MessageBoxOptions).message });
      return { response: 0, checkboxChecked: false };
    };
    for (const window of BrowserWindow.getAllWindows()) window.destroy();
  });
  await receive(250, 'interrupted');
  await expect.poll(() => app.evaluate(() => (globalThis as unknown as { said?: string }).said)).toBe(interrupted);
});

it('says nothing about a download that the quit interrupts', async () => {
  const { home, app } = await openUi();
  const { choose } = await replaceDesktop(app);
  const path = join(home, 'slow.txt');
  await choose(path);
  const receive = await startSlowDownload(app, path);
  await receive(250);
  blockAt(home, 'exit');
  const exit = quitApp(app);
  await expect.poll(() => diary(home).map(({ event }) => event)).toContain('stop-requested');
  const dialogs = await recordDialogs(app);
  await app.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) window.destroy();
  });
  await receive(250, 'interrupted');
  await expect.poll(() => mainLog(home)).toContain('a download was not saved: interrupted');
  await new Promise(resolve => setTimeout(resolve, 200));
  expect(await dialogs()).toEqual([]);
  unblock(home, 'exit');
  expect(await exit).toEqual({ code: 0, signal: null });
});
