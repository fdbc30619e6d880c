// @module-tag linux: uses electron-app.ts

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { LIMITS } from '../../../desktop/server/supervisor';
import { IDLE_AFTER_MS } from '../../../desktop/server/use';
import { words } from '../../../desktop/words/en';
import {
  clickToClose,
  diary,
  exitOf,
  mainLog,
  outputFolder,
  pageAt,
  pidsOf,
  recordRequests,
  shownUi,
  startApp,
  temporaryFolder,
  visibleWindows,
} from '../../drivers/electron-app';
import type { RecordingServer } from '../../drivers/recording-server';

const pids = (home: string) =>
  diary(home)
    .filter(({ event }) => event === 'start')
    .map(({ pid }) => pid);
const overlayPage = (app: ElectronApplication) => pageAt(app, 'app://shell/overlay.html');
const overlays = (app: ElectronApplication) =>
  app.windows().filter(page => page.url().startsWith('app://shell/overlay.html')).length;

/** Starts the app, types text without sending it, and marks the page: a reloaded page has no mark. */
async function startAndType(home: string, server = 'healthy'): Promise<{ app: ElectronApplication; ui: Page }> {
  const app = await startApp({ home, server });
  const ui = await shownUi(app);
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"ready"');
  await ui.locator('#box').fill('a thought not yet sent');
  await ui.evaluate(() => Object.assign(window, { mark: 'the same page' }));
  return { app, ui };
}

const textOf = (ui: Page) => ui.locator('#box').inputValue();
/** Waits until the preload script, which saves text fields twice a second, has saved the text. */
const untilSaved = (ui: Page, text: string) =>
  expect.poll(() => ui.evaluate(() => JSON.stringify(localStorage)), { timeout: 20_000 }).toContain(text);
/** test/chaos tests the default of 20 s. */
const SHORT_HANG_LIMIT = { hangLimitSeconds: 3 };

function writeSettings(home: string, settings: object): void {
  mkdirSync(join(home, '.config', 'CachiBot'), { recursive: true });
  writeFileSync(join(home, '.config', 'CachiBot', 'settings.json'), JSON.stringify(settings));
}

const markOf = (ui: Page) => ui.evaluate(() => (window as unknown as { mark?: string }).mark);

it('restarts a killed server behind the same page', async () => {
  const home = temporaryFolder();
  const { app, ui } = await startAndType(home);
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

it('says that the server is suspended, and restarts it when the user chooses so', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  writeSettings(home, SHORT_HANG_LIMIT);
  const { app, ui } = await startAndType(home);
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

it('closes the overlay when a suspended server is resumed', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  writeSettings(home, SHORT_HANG_LIMIT);
  const { app } = await startAndType(home);
  process.kill(pids(home)[0]!, 'SIGSTOP');
  await overlayPage(app);
  process.kill(pids(home)[0]!, 'SIGCONT');
  await expect.poll(() => overlays(app), { timeout: 20_000 }).toBe(0);
  expect(pids(home)).toHaveLength(1);
});

it('finds out that a server hangs as soon as the user comes back to an idle app', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  writeSettings(home, SHORT_HANG_LIMIT);
  const { app, ui } = await startAndType(home);
  await delay(IDLE_AFTER_MS + 2_000);
  process.kill(pids(home)[0]!, 'SIGSTOP');
  // Several times the limit: nobody waits for the server.
  await delay(12_000);
  expect(mainLog(home)).not.toContain('silence');
  const cameBackAt = performance.now();
  await ui.mouse.move(30, 30);
  const overlay = await overlayPage(app);
  await expect.poll(() => overlay.locator('#title').textContent()).toBe(words.server.paused);
  // 20 s: far below the ten minutes until the next probe, enough for a slow machine.
  expect(performance.now() - cameBackAt).toBeLessThan(LIMITS.idleWatchMs / 30);
  process.kill(pids(home)[0]!, 'SIGCONT');
  await expect.poll(() => overlays(app), { timeout: 20_000 }).toBe(0);
});

it('leaves no process when the user quits before the restart', async () => {
  const home = temporaryFolder();
  const { app } = await startAndType(home, 'healthy');
  process.kill(pids(home)[0]!, 'SIGKILL');
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"restarting"');
  const exit = exitOf(app);
  await app.evaluate(({ app }) => app.quit()).catch(() => {}); // the app may exit before it responds
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(pidsOf(home)).toEqual([]);
});

/** Kills the server, and takes its port as soon as it is free. */
async function takePort(home: string): Promise<RecordingServer> {
  process.kill(pids(home)[0]!, 'SIGKILL');
  for (;;) {
    try {
      return await recordRequests({
        port: 5870,
        respond: (_request, response) => response.end('<textarea id="box"></textarea>'),
      });
    } catch {
      await delay(5); // the server has not exited yet
    }
  }
}

const portsLost = (home: string) => mainLog(home).match(/"phase":"restarting".*"port-lost"/g)?.length ?? 0;

it('retries the same port when another program has taken it during a restart, and sends that program no token', async () => {
  const home = temporaryFolder();
  const { app, ui } = await startAndType(home);
  const other = await takePort(home);
  await expect.poll(() => portsLost(home), { timeout: 30_000 }).toBeGreaterThan(0);
  await other.close();
  await expect.poll(() => overlays(app), { timeout: 60_000 }).toBe(0);
  expect([await textOf(ui), await markOf(ui)]).toEqual(['a thought not yet sent', 'the same page']);
  expect(other.requests.filter(({ hasToken }) => hasToken)).toEqual([]);
});

it('relaunches on another port when its own stays taken, at the same origin and with the typed text', {
  tags: 'left-to-ci',
}, async () => {
  const home = temporaryFolder();
  const { app, ui } = await startAndType(home);
  await ui.locator('#box').pressSequentially(' and more');
  await untilSaved(ui, ' and more');
  const exit = exitOf(app);
  const other = await takePort(home);
  // The exit code that makes `npm start` relaunch the app.
  expect(await exit).toEqual({ code: 75, signal: null });
  expect(portsLost(home)).toBeGreaterThan(2);
  const again = await startApp({ home, server: 'healthy', args: ['--relaunched=1'] });
  const fresh = await shownUi(again);
  expect(await fresh.evaluate(() => location.origin)).toBe('http://127.0.0.1:5870');
  await expect.poll(() => textOf(fresh)).toBe('a thought not yet sent and more');
  expect(other.requests.filter(({ hasToken }) => hasToken)).toEqual([]);
});

it('reloads a page whose server crashed during its initial requests, and which would wait for the response for ever', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy,crash-at-initial-request' });
  const ui = await shownUi(app);
  await expect
    .poll(() => ui.locator('#root').textContent(), { timeout: 20_000 })
    .toBe('Hello from the scripted server');
});

it('reloads a page that had no server for too long, and restores the typed text', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  writeSettings(home, { startLimitSeconds: 60 });
  const { app, ui } = await startAndType(home, 'healthy,slow-restart');
  await ui.locator('#box').pressSequentially(' and more');
  await untilSaved(ui, ' and more');
  process.kill(pids(home)[0]!, 'SIGKILL');
  await overlayPage(app);
  await expect.poll(() => overlays(app), { timeout: 60_000 }).toBe(0);
  await expect.poll(() => markOf(ui)).toBe(undefined);
  await expect.poll(() => textOf(ui)).toBe('a thought not yet sent and more');
});

it('restores the typed text after the renderer has crashed, and says what happened', async () => {
  const home = temporaryFolder();
  const { app, ui } = await startAndType(home);
  await ui.locator('#box').pressSequentially(' and more');
  await untilSaved(ui, ' and more');
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
