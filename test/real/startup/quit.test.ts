// @module-tag linux: as all that uses electron-app.ts

import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import {
  allow,
  canConnect,
  diary,
  electron,
  electronArguments,
  environment,
  exitOf,
  freePort,
  hold,
  pidsOf,
  shownUi,
  splashPage,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';

/** A server with a grandchild that changed its parent and holds a port: the hardest thing to leave nothing of. */
async function startFamily(server = 'healthy,grandchild') {
  const home = temporaryFolder();
  const grandchild = await freePort();
  const app = await startApp({ home, server, env: { SCRIPTED_GRANDCHILD_PORT: String(grandchild) } });
  await shownUi(app);
  await expect.poll(() => canConnect(grandchild), { timeout: 20_000 }).toBe(true);
  return { home, grandchild, app };
}

async function nothingIsLeft(home: string, grandchild: number): Promise<void> {
  await expect.poll(() => canConnect(grandchild), { timeout: 20_000, message: 'the grandchild' }).toBe(false);
  await expect.poll(() => canConnect(5870), { timeout: 20_000, message: 'the server' }).toBe(false);
  await expect.poll(() => pidsOf(home), { timeout: 20_000, message: 'processes' }).toEqual([]);
}

const ways: Record<string, (app: ElectronApplication) => unknown> = {
  'the window is closed': app => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close()),
  'the page’s own close button is used': async app =>
    (await shownUi(app)).evaluate(() =>
      (window as unknown as { electronAPI: { windowClose(): void } }).electronAPI.windowClose(),
    ),
  'Quit is chosen': app => app.evaluate(({ app }) => app.quit()),
  'Ctrl-C is pressed': app => app.process().kill('SIGINT'),
  'SIGTERM arrives': app => app.process().kill('SIGTERM'),
  'the terminal is closed': app => app.process().kill('SIGHUP'),
};

it.each(Object.entries(ways))('ends the server, asked first, when %s', async (_name, leave) => {
  const { home, grandchild, app } = await startFamily();
  const gone = exitOf(app);
  // The connection to the app may break before the answer comes: that is what leaving means.
  void Promise.resolve(leave(app)).catch(() => {});
  expect(await gone).toEqual({ code: 0, signal: null });
  expect(diary(home).map(({ event }) => event)).toContain('asked-to-stop');
  await nothingIsLeft(home, grandchild);
});

it('leaves nothing in the system’s temporary folder', async () => {
  const home = temporaryFolder();
  const temporary = join(home, 'tmp');
  mkdirSync(temporary);
  const app = await startApp({ home, server: 'healthy', env: { TMPDIR: temporary } });
  await shownUi(app);
  expect(readdirSync(temporary).length).toBeGreaterThan(0);
  const gone = exitOf(app);
  app.process().kill('SIGTERM');
  expect(await gone).toEqual({ code: 0, signal: null });
  expect(readdirSync(temporary)).toEqual([]);
});

it('waits for a server that needs a moment to stop', async () => {
  const { home, grandchild, app } = await startFamily('healthy,grandchild,slow-to-stop');
  const gone = exitOf(app);
  void app.evaluate(({ app }) => app.quit()).catch(() => {});
  expect(await gone).toEqual({ code: 0, signal: null });
  expect(await canConnect(5870)).toBe(false);
  await nothingIsLeft(home, grandchild);
});

it('ends a stubborn server by force, with everything it started', async () => {
  const { home, grandchild, app } = await startFamily('stubborn,grandchild');
  const gone = exitOf(app);
  void app.evaluate(({ app }) => app.quit()).catch(() => {});
  expect(await gone).toEqual({ code: 0, signal: null });
  await nothingIsLeft(home, grandchild);
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('minds %s no more when it is leaving already', async signal => {
  const { home, grandchild, app } = await startFamily('healthy,grandchild,slow-to-stop');
  const gone = exitOf(app);
  app.process().kill(signal);
  await expect.poll(() => diary(home).map(({ event }) => event)).toContain('asked-to-stop');
  app.process().kill(signal);
  expect(await gone).toEqual({ code: 0, signal: null });
  await nothingIsLeft(home, grandchild);
});

it('can be left while the server is still starting', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'starting-for-ever' });
  let said = '';
  app.process().stderr?.on('data', text => (said += text));
  await expect.poll(() => diary(home).length).toBeGreaterThan(0);
  const gone = exitOf(app);
  void app.evaluate(({ app }) => app.quit()).catch(() => {});
  expect(await gone, said).toEqual({ code: 0, signal: null });
  await expect.poll(() => pidsOf(home), { timeout: 20_000 }).toEqual([]);
});

it('can be left at the moment when the splash closes', async () => {
  const home = temporaryFolder();
  hold(home, 'bind');
  const app = await startApp({ home, server: 'healthy' });
  await splashPage(app);
  let said = '';
  app.process().stderr?.on('data', text => (said += text));
  await app.evaluate(({ app, BrowserWindow }) => {
    const splash = BrowserWindow.getAllWindows().find(window => window.webContents.getURL().endsWith('/splash.html'));
    if (splash === undefined) throw new Error('There is no splash.');
    // Before the app itself hears that it has closed.
    splash.prependListener('closed', () => app.quit());
  });
  const gone = exitOf(app);
  allow(home, 'bind');
  expect(await gone, said).toEqual({ code: 0, signal: null });
});

it('takes the server along when the shell is killed', async () => {
  const home = temporaryFolder();
  const setting = { home, server: 'healthy' };
  // Not through Playwright, which would tidy up after the kill.
  const child = spawn(electron(), electronArguments(setting), { env: environment(setting), stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await expect.poll(() => canConnect(5870), { timeout: 30_000 }).toBe(true);
  const gone = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  await expect.poll(() => canConnect(5870), { timeout: 20_000 }).toBe(false);
  await expect.poll(() => pidsOf(home), { timeout: 20_000 }).toEqual([]);
});

it('has flushed the page’s storage before it ends the server, so that not even its own death loses any', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy,slow-to-stop' });
  await (await shownUi(app)).evaluate(() => localStorage.setItem('login', 'ada'));
  const gone = exitOf(app);
  void app.evaluate(({ app }) => app.quit()).catch(() => {});
  await expect.poll(() => diary(home).map(({ event }) => event)).toContain('asked-to-stop');
  await new Promise(resolve => setTimeout(resolve, 300));
  app.process().kill('SIGKILL');
  await gone;
  await expect.poll(() => pidsOf(home), { timeout: 20_000 }).toEqual([]);
  const next = await shownUi(await startApp({ home, server: 'healthy' }));
  expect(await next.evaluate(() => localStorage.getItem('login'))).toBe('ada');
});
