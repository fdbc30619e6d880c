/** The splash covers the page whenever it is loaded again, and no view takes the focus from another program. */
// @module-tag linux: uses electron-app.ts and desktop-session.ts

import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ElectronApplication } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import type { ElectronApi } from '../../../desktop/ipc/core/contract';
import { words } from '../../../desktop/words/en';
import { openDesktopSession, untilFocused } from '../../drivers/desktop-session';
import {
  blockAt,
  clickToClose,
  diary,
  mainLog,
  pageAt,
  pidsOf,
  shownUi,
  spawnApp,
  startApp,
  temporaryFolder,
  UI,
  unblock,
  visibleWindows,
} from '../../drivers/electron-app';

const SPLASH = 'app://shell/splash.html';
const OVERLAY = 'app://shell/overlay.html';

/** Records which views the main window gets and loses, and when its page is loaded, from now on. */
async function recordViews(app: ElectronApplication): Promise<() => Promise<string[]>> {
  await app.evaluate(
    ({ app, webContents }, { ui, splash }) => {
      const events: string[] = [];
      Object.assign(globalThis, { events });
      const main = webContents.getAllWebContents().find(one => one.getURL().startsWith(ui));
      main?.on('did-navigate', () => events.push('page'));
      app.on('web-contents-created', (_event, contents) => {
        contents.on('did-start-navigation', ({ url }) => url.startsWith(splash) && events.push('splash'));
        contents.on('destroyed', () => events.push('view closed'));
      });
    },
    { ui: UI, splash: SPLASH },
  );
  return () => app.evaluate(() => (globalThis as unknown as { events: string[] }).events);
}

/** PIDs of the processes of pages. */
const renderers = (home: string) =>
  pidsOf(home).filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer'));

const crashPage = (app: ElectronApplication) =>
  app.evaluate(({ webContents }, ui) => {
    webContents
      .getAllWebContents()
      .find(one => one.getURL().startsWith(ui))
      ?.forcefullyCrashRenderer();
  }, UI);

it('covers the page that is loaded again with the splash, until the user can work with it', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(app);
  const events = await recordViews(app);
  await crashPage(app);
  await expect.poll(events, { timeout: 20_000 }).toContain('view closed');
  expect((await events()).slice(0, 3)).toEqual(['splash', 'page', 'view closed']);
  const overlay = await pageAt(app, OVERLAY);
  await expect.poll(() => overlay.locator('#title').textContent()).toBe(words.page.crashed);
  await clickToClose(overlay, '#dismiss');
  expect(await visibleWindows(app)).toEqual([UI]);
});

it('covers a page that the user reloads, too', async () => {
  const desktop = await openDesktopSession();
  const app = await startApp({ home: temporaryFolder(), server: 'healthy', env: desktop.env });
  await shownUi(app);
  const events = await recordViews(app);
  const clear = () => app.evaluate(() => (globalThis as unknown as { events: string[] }).events.splice(0));
  for (const keys of ['F5', 'ctrl+r', 'ctrl+shift+r']) {
    await untilFocused(app);
    await desktop.press(keys);
    await expect.poll(events, { message: keys, timeout: 20_000 }).toContain('view closed');
    expect(await clear(), keys).toEqual(['splash', 'page', 'view closed']);
  }
  // The page reloads itself, after an import for instance.
  const ui = await pageAt(app, UI);
  await ui.evaluate(() => void setTimeout(() => location.reload(), 200)); // after the response to this call
  await expect.poll(events, { timeout: 20_000 }).toContain('view closed');
  expect(await events()).toEqual(['splash', 'page', 'view closed']);
});

it('a closed window stays in the background while its page is loaded again', async () => {
  const desktop = await openDesktopSession();
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy', env: desktop.env });
  await shownUi(app);
  await expect.poll(() => desktop.trayIcons()).toBe(1);
  const asked = await app.evaluate(({ BrowserWindow, dialog, webContents }, ui) => {
    const messages: string[] = [];
    Object.assign(globalThis, { messages });
    dialog.showMessageBox = async (...args: unknown[]) => {
      messages.push((args.at(-1) as Electron.MessageBoxOptions).message);
      return { response: 2, checkboxChecked: false };
    };
    const main = BrowserWindow.getAllWindows().find(one => one.webContents.getURL().startsWith(ui));
    const page = webContents.getAllWebContents().find(one => one.getURL().startsWith(ui));
    page?.on('did-start-navigation', () => main?.close());
    page?.forcefullyCrashRenderer();
    return messages;
  }, UI);
  expect(asked).toEqual([]);
  const messages = () => app.evaluate(() => (globalThis as unknown as { messages: string[] }).messages);
  await expect.poll(messages, { timeout: 20_000 }).toContain(words.background.question);
  expect(diary(home).map(({ event }) => event)).not.toContain('stop-requested');
});

it('leaves the focus to the program in which the user works, when the page crashes', {
  tags: 'left-to-ci',
}, async () => {
  const desktop = await openDesktopSession();
  const env = { ...process.env, ...desktop.env };
  const home = temporaryFolder();
  // Without Playwright, which gives the page the focus itself when it connects to its new process.
  const { child } = spawnApp({ home, server: 'healthy', env: desktop.env });
  onTestFinished(() => void child.kill('SIGKILL'));
  await desktop.untilWindow('Scripted');
  const splash = () => renderers(home).length;
  await expect.poll(splash, { timeout: 20_000 }).toBe(1);
  const other = spawn('xmessage', ['another program'], { env, stdio: 'ignore' });
  onTestFinished(() => void other.kill());
  const focused = () => execFileSync('xdotool', ['getwindowfocus', 'getwindowname'], { env, encoding: 'utf8' }).trim();
  await expect.poll(focused).toBe('xmessage');
  const seen = new Set<string>();
  const watch = setInterval(() => seen.add(focused()), 50);
  onTestFinished(() => clearInterval(watch));
  process.kill(renderers(home)[0] ?? 0, 'SIGKILL');
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('the page has crashed');
  // The page and the overlay above it.
  await expect.poll(() => renderers(home).length, { timeout: 20_000 }).toBe(2);
  await new Promise(resolve => setTimeout(resolve, 1_000));
  expect([...seen]).toEqual(['xmessage']);
  clearInterval(watch);

  other.kill();
  await expect.poll(focused).toContain('Scripted');
  const pagesAfterEscape = async () => {
    await desktop.press('Escape');
    return renderers(home).length;
  };
  await expect.poll(pagesAfterEscape, { interval: 500 }).toBe(1);
});

it('leaves the focus to the program in which the user works, when the server is restarted', async () => {
  const desktop = await openDesktopSession();
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy', env: desktop.env });
  await shownUi(app);
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"ready"');
  await untilFocused(app);
  const other = spawn('xmessage', ['another program'], { env: { ...process.env, ...desktop.env }, stdio: 'ignore' });
  onTestFinished(() => void other.kill());
  await untilFocused(app, false);
  await app.evaluate(({ app }) => {
    const focused: number[] = [];
    Object.assign(globalThis, { focused });
    app.on('browser-window-focus', (_event, { id }) => focused.push(id));
  });
  const [start] = diary(home).filter(({ event }) => event === 'start');
  process.kill(start?.pid ?? 0, 'SIGKILL');
  await pageAt(app, OVERLAY);
  await expect.poll(() => diary(home).filter(({ event }) => event === 'start').length, { timeout: 20_000 }).toBe(2);
  await expect.poll(() => app.windows().filter(page => page.url().startsWith(OVERLAY)).length).toBe(0);
  expect(await app.evaluate(() => (globalThis as unknown as { focused: number[] }).focused)).toEqual([]);
});

it('opens the chat of a notification when the page is loaded again, if it is loading at the click', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(app);
  await app.evaluate(({ BrowserWindow, Notification }) => {
    BrowserWindow.getFocusedWindow = () => null;
    Notification.isSupported = () => true;
    Notification.prototype.show = function (this: Electron.Notification) {
      Object.assign(globalThis, { notification: this });
    };
  });
  const ui = await pageAt(app, UI);
  await ui.evaluate(() => {
    const { electronAPI } = window as unknown as { electronAPI: ElectronApi };
    electronAPI.reportNews({ kind: 'reminder', about: '', text: 'now', path: '/default/chats/7' });
  });
  const isShown = () => app.evaluate(() => 'notification' in globalThis);
  await expect.poll(isShown).toBe(true);
  await app.evaluate(({ webContents }, ui) => {
    const page = webContents.getAllWebContents().find(one => one.getURL().startsWith(ui));
    const sent: unknown[] = [];
    Object.assign(globalThis, { sent });
    page?.on('did-finish-load', () => sent.push('loaded'));
    if (page) {
      const send = page.send.bind(page);
      page.send = (name, ...args) => {
        if (name === 'page:open') sent.push(args[0]);
        send(name, ...args);
      };
    }
    page?.once('render-process-gone', () => {
      const { notification } = globalThis as unknown as { notification: Electron.Notification };
      setImmediate(() => notification.emit('click', {}));
    });
    page?.forcefullyCrashRenderer();
  }, UI);
  const sent = () => app.evaluate(() => (globalThis as unknown as { sent: unknown[] }).sent);
  await expect.poll(sent, { timeout: 20_000 }).toContain('/default/chats/7');
  expect((await sent()).at(-1)).toBe('/default/chats/7');
  expect(await sent()).toHaveLength(2);
});

it('is loaded again at its address when the server is lost while it reloads', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"ready"');
  await ui.goto(`${UI}default/chats/1`);
  blockAt(home, 'bind');
  const [start] = diary(home).filter(({ event }) => event === 'start');
  process.kill(start?.pid ?? 0, 'SIGKILL');
  await expect(ui.reload()).rejects.toThrow('net::');
  unblock(home, 'bind');
  await ui.getByText('Hello from the scripted server').waitFor();
  expect(new URL(ui.url()).pathname).toBe('/default/chats/1');
});

it('is loaded at its home page when its address keeps failing', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  const ui = await shownUi(app);
  await ui.goto(`${UI}default/chats/1`);
  let loads = 0;
  await ui.route('**/default/chats/1', route => {
    loads += 1;
    return route.abort('connectionreset');
  });
  await expect(ui.reload()).rejects.toThrow('net::');
  await ui.getByText('Hello from the scripted server').waitFor();
  expect(new URL(ui.url()).pathname).toBe('/');
  expect(loads).toBeGreaterThan(1);
});

it('stays at its address when the load of another one fails', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  const ui = await shownUi(app);
  await ui.goto(`${UI}default/chats/1`);
  await ui.evaluate(() => history.pushState(null, '', '/default/chats/2'));
  await ui.route('**/default/other', route => route.abort('connectionreset'));
  await expect(ui.goto(`${UI}default/other`)).rejects.toThrow('net::');
  await ui.getByText('Hello from the scripted server').waitFor();
  expect(new URL(ui.url()).pathname).toBe('/default/chats/2');
});
