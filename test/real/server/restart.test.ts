// @module-tag linux: as all that uses electron-app.ts

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import {
  clickToClose,
  diary,
  exitOf,
  mainLog,
  occupy,
  outputFolder,
  pageAt,
  pidsOf,
  shownUi,
  startApp,
  temporaryFolder,
  visibleWindows,
} from '../../drivers/electron-app';

const pids = (home: string) =>
  diary(home)
    .filter(({ event }) => event === 'start')
    .map(({ pid }) => pid);
const overlayPage = (app: ElectronApplication) => pageAt(app, 'app://shell/overlay.html');
const overlays = (app: ElectronApplication) =>
  app.windows().filter(page => page.url() === 'app://shell/overlay.html').length;

/** The app with a text typed and not sent, and a mark that a page loaded anew would not have. */
async function typedIn(home: string, server = 'healthy'): Promise<{ app: ElectronApplication; ui: Page }> {
  const app = await startApp({ home, server });
  const ui = await shownUi(app);
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"ready"');
  await ui.locator('#box').fill('a thought not yet sent');
  await ui.evaluate(() => Object.assign(window, { mark: 'the same page' }));
  return { app, ui };
}

const textOf = (ui: Page) => ui.locator('#box').inputValue();
/** The page looks at its boxes twice a second. */
const noted = (ui: Page, text: string) =>
  expect.poll(() => ui.evaluate(() => JSON.stringify(localStorage)), { timeout: 20_000 }).toContain(text);
/** The default of 20 s is tried in test/chaos. */
const IMPATIENT = { hangLimitSeconds: 3 };

function setSettings(home: string, settings: object): void {
  mkdirSync(join(home, '.config', 'CachiBot'), { recursive: true });
  writeFileSync(join(home, '.config', 'CachiBot', 'settings.json'), JSON.stringify(settings));
}

const markOf = (ui: Page) => ui.evaluate(() => (window as unknown as { mark?: string }).mark);

it('begins a server that was killed again, under a page that stays as it is', async () => {
  const home = temporaryFolder();
  const { app, ui } = await typedIn(home);
  process.kill(pids(home)[0]!, 'SIGKILL');
  const overlay = await overlayPage(app);
  await expect.poll(() => overlay.locator('#title').textContent()).toBe(words.server.stopped);
  await overlay.screenshot({ path: join(outputFolder(), 'overlay-restarting.png') });
  await expect.poll(() => pids(home).length, { timeout: 20_000 }).toBe(2);
  await expect.poll(() => overlays(app), { timeout: 20_000 }).toBe(0);
  expect([await textOf(ui), await markOf(ui)]).toEqual(['a thought not yet sent', 'the same page']);
  expect(await ui.evaluate(() => fetch('/api/anything').then(answer => answer.status))).toBe(200);
  expect(await visibleWindows(app)).toEqual(['http://127.0.0.1:5870/']);
});

it('tells that a server was stopped by somebody, and starts it again when the person says so', async () => {
  const home = temporaryFolder();
  setSettings(home, IMPATIENT);
  const { app, ui } = await typedIn(home);
  process.kill(pids(home)[0]!, 'SIGSTOP');
  const overlay = await overlayPage(app);
  await expect.poll(() => overlay.locator('#title').textContent()).toBe(words.server.paused);
  await overlay.screenshot({ path: join(outputFolder(), 'overlay-stopped.png') });
  await clickToClose(overlay, '#restart');
  await expect.poll(() => pids(home).length, { timeout: 60_000 }).toBe(2);
  await expect.poll(() => overlays(app), { timeout: 20_000 }).toBe(0);
  expect([await textOf(ui), await markOf(ui)]).toEqual(['a thought not yet sent', 'the same page']);
  await app.close();
  expect(pidsOf(home)).toEqual([]);
});

it('says nothing more of a silence that is over', async () => {
  const home = temporaryFolder();
  setSettings(home, IMPATIENT);
  const { app } = await typedIn(home);
  process.kill(pids(home)[0]!, 'SIGSTOP');
  await overlayPage(app);
  process.kill(pids(home)[0]!, 'SIGCONT');
  await expect.poll(() => overlays(app), { timeout: 20_000 }).toBe(0);
  expect(pids(home)).toHaveLength(1);
});

it('leaves nothing behind when the person quits in the pause before the next start', async () => {
  const home = temporaryFolder();
  const { app } = await typedIn(home, 'healthy');
  process.kill(pids(home)[0]!, 'SIGKILL');
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"restarting"');
  const gone = exitOf(app);
  await app.evaluate(({ app }) => app.quit()).catch(() => {}); // it may be gone before it has answered
  expect(await gone).toEqual({ code: 0, signal: null });
  expect(pidsOf(home)).toEqual([]);
});

/** Takes the server's port as soon as it is free, and remembers what it is asked. */
async function squat(home: string): Promise<{ seen: string[]; leave(): Promise<unknown> }> {
  const seen: string[] = [];
  process.kill(pids(home)[0]!, 'SIGKILL');
  for (;;) {
    const stranger = createServer((request, response) => {
      seen.push(JSON.stringify(request.headers));
      response.end('<textarea id="box"></textarea>');
    });
    try {
      await occupy(5870, stranger);
      return { seen, leave: () => new Promise(resolve => stranger.close(resolve)) };
    } catch {
      await delay(5); // the server is not gone yet
    }
  }
}

const portsLost = (home: string) => mainLog(home).match(/"phase":"restarting".*"port-lost"/g)?.length ?? 0;

it('tries the same port again when another program has taken it during a restart, and tells it nothing', async () => {
  const home = temporaryFolder();
  const { app, ui } = await typedIn(home);
  const { seen, leave } = await squat(home);
  await expect.poll(() => portsLost(home), { timeout: 30_000 }).toBeGreaterThan(0);
  await leave();
  await expect.poll(() => overlays(app), { timeout: 60_000 }).toBe(0);
  expect([await textOf(ui), await markOf(ui)]).toEqual(['a thought not yet sent', 'the same page']);
  expect(seen.join()).not.toMatch(/x-cachibot-token/i);
});

it('relaunches on another port when its own stays lost, at the same address and with what was typed', async () => {
  const home = temporaryFolder();
  const { app, ui } = await typedIn(home);
  await ui.locator('#box').pressSequentially(' and more');
  await noted(ui, ' and more');
  const gone = exitOf(app);
  const { seen } = await squat(home);
  // What asks the terminal's command to begin it again.
  expect(await gone).toEqual({ code: 75, signal: null });
  expect(portsLost(home)).toBeGreaterThan(2);
  const again = await startApp({ home, server: 'healthy', args: ['--relaunched=1'] });
  const fresh = await shownUi(again);
  expect(await fresh.evaluate(() => location.origin)).toBe('http://127.0.0.1:5870');
  await expect.poll(() => textOf(fresh)).toBe('a thought not yet sent and more');
  expect(seen.join()).not.toMatch(/x-cachibot-token/i);
});

it('loads a page anew whose server died while it began, and which would wait for the answer for ever', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy,dies-at-first-need' });
  const ui = await shownUi(app);
  await expect
    .poll(() => ui.locator('#root').textContent(), { timeout: 20_000 })
    .toBe('Hello from the scripted server');
});

it('loads a page anew that was alone for so long that it has given up, and puts back what was typed', async () => {
  const home = temporaryFolder();
  setSettings(home, { startLimitSeconds: 60 });
  const { app, ui } = await typedIn(home, 'healthy,late-again');
  await ui.locator('#box').pressSequentially(' and more');
  await noted(ui, ' and more');
  process.kill(pids(home)[0]!, 'SIGKILL');
  await overlayPage(app);
  await expect.poll(() => overlays(app), { timeout: 60_000 }).toBe(0);
  await expect.poll(() => markOf(ui)).toBe(undefined);
  await expect.poll(() => textOf(ui)).toBe('a thought not yet sent and more');
});

it('puts back what was typed when the page’s process has crashed, and says what happened', async () => {
  const home = temporaryFolder();
  const { app, ui } = await typedIn(home);
  await ui.locator('#box').pressSequentially(' and more');
  await noted(ui, ' and more');
  await app.evaluate(({ webContents }) => {
    for (const page of webContents.getAllWebContents())
      if (page.getURL().startsWith('http:')) page.forcefullyCrashRenderer();
  });
  const overlay = await overlayPage(app);
  await expect.poll(() => overlay.locator('#title').textContent()).toBe(words.page.crashed);
  await clickToClose(overlay, '#dismiss');
  await expect.poll(() => overlays(app), { timeout: 20_000 }).toBe(0);
  const fresh = await app.evaluate(({ webContents }) =>
    webContents
      .getAllWebContents()
      .find(page => page.getURL().startsWith('http:'))
      ?.executeJavaScript("document.getElementById('box').value"),
  );
  expect(fresh).toBe('a thought not yet sent and more');
});
