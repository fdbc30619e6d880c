// @module-tag linux: uses electron-app.ts

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';
import {
  blockAt,
  canConnect,
  diary,
  exitOf,
  freePort,
  pageAt,
  pidsOf,
  quitApp,
  shownUi,
  spawnApp,
  splashPage,
  startApp,
  temporaryFolder,
  UI,
  unblock,
  visibleWindows,
} from '../../drivers/electron-app';

/** Makes the app quit when its window is closed. */
function quitAtClose(home: string): void {
  const profile = join(home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  writeFileSync(join(profile, 'settings.json'), JSON.stringify({ runInBackground: 'off' }));
}

/** Starts a server with a grandchild that has another parent and listens on a port: the hardest process to clean up. */
async function startWithGrandchild(server = 'healthy,grandchild') {
  const home = temporaryFolder();
  quitAtClose(home);
  const grandchild = await freePort();
  const app = await startApp({ home, server, env: { SCRIPTED_GRANDCHILD_PORT: String(grandchild) } });
  await shownUi(app);
  await expect.poll(() => canConnect(grandchild), { timeout: 20_000 }).toBe(true);
  return { home, grandchild, app };
}

async function expectNothingRuns(home: string, grandchild: number): Promise<void> {
  await expect.poll(() => canConnect(grandchild), { timeout: 20_000, message: 'the grandchild' }).toBe(false);
  await expect.poll(() => canConnect(5870), { timeout: 20_000, message: 'the server' }).toBe(false);
  await expect.poll(() => pidsOf(home), { timeout: 20_000, message: 'processes' }).toEqual([]);
}

const waysToQuit: Record<string, (app: ElectronApplication) => unknown> = {
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

it.each(Object.entries(waysToQuit))('stops the server, by a request first, when %s', async (_name, quit) => {
  const { home, grandchild, app } = await startWithGrandchild();
  const exit = exitOf(app);
  // The connection may close before the response arrives, because the app quits.
  void Promise.resolve(quit(app)).catch(() => {});
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(diary(home).map(({ event }) => event)).toContain('stop-requested');
  await expectNothingRuns(home, grandchild);
});

it.each(['Quit is chosen', 'the window is closed', 'SIGTERM arrives'])(
  'keeps text typed just before %s',
  { tags: 'left-to-ci' },
  async way => {
    const home = temporaryFolder();
    quitAtClose(home);
    const app = await startApp({ home, server: 'healthy' });
    await (await shownUi(app)).locator('#box').fill('the last thought');
    const exit = exitOf(app);
    void Promise.resolve(waysToQuit[way]?.(app)).catch(() => {});
    await exit;
    const ui = await shownUi(await startApp({ home, server: 'healthy' }));
    await expect.poll(() => ui.locator('#box').inputValue()).toBe('the last thought');
  },
);

it('leaves no files in the system’s temporary folder', async () => {
  const home = temporaryFolder();
  const temporary = join(home, 'tmp');
  mkdirSync(temporary);
  const app = await startApp({ home, server: 'healthy', env: { TMPDIR: temporary } });
  await shownUi(app);
  expect(readdirSync(temporary).length).toBeGreaterThan(0);
  const exit = exitOf(app);
  app.process().kill('SIGTERM');
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(readdirSync(temporary)).toEqual([]);
});

it('waits for a server that needs a moment to stop', async () => {
  const { home, grandchild, app } = await startWithGrandchild('healthy,grandchild,slow-to-stop');
  expect(await quitApp(app)).toEqual({ code: 0, signal: null });
  expect(await canConnect(5870)).toBe(false);
  await expectNothingRuns(home, grandchild);
});

it('kills a stubborn server with its descendants', async () => {
  const { home, grandchild, app } = await startWithGrandchild('stubborn,grandchild');
  expect(await quitApp(app)).toEqual({ code: 0, signal: null });
  await expectNothingRuns(home, grandchild);
});

it('ignores SIGTERM when it is quitting already', () => expectSignalIgnored('SIGTERM'));

it.each(['SIGINT', 'SIGHUP'] as const)(
  'ignores %s when it is quitting already',
  { tags: 'left-to-ci' },
  expectSignalIgnored,
);

async function expectSignalIgnored(signal: NodeJS.Signals): Promise<void> {
  const { home, grandchild, app } = await startWithGrandchild('healthy,grandchild,slow-to-stop');
  const exit = exitOf(app);
  app.process().kill(signal);
  await expect.poll(() => diary(home).map(({ event }) => event)).toContain('stop-requested');
  app.process().kill(signal);
  expect(await exit).toEqual({ code: 0, signal: null });
  await expectNothingRuns(home, grandchild);
}

it.each([[[]], [['--hidden']]])(
  'shows no window while it quits, but lets the page finish its requests: %j',
  { tags: 'left-to-ci' },
  async args => {
    const home = temporaryFolder();
    const app = await startApp({ home, server: 'healthy', args });
    const ui = await pageAt(app, UI);
    await expect.poll(() => ui.locator('#root').textContent()).toContain('Hello');
    blockAt(home, 'exit');
    const response = ui.evaluate(async () => (await fetch('/slow?ms=3000')).text());
    await expect.poll(() => diary(home).map(({ path }) => path)).toContain('/slow');
    const exit = quitApp(app);
    await expect.poll(() => diary(home).map(({ event }) => event)).toContain('stop-requested');
    // As a click on the tray or the Dock.
    await app.evaluate(({ app }) => void app.emit('activate'));
    await new Promise(resolve => setTimeout(resolve, 500));
    expect(await visibleWindows(app)).toEqual([]);
    expect(await response).toBe('the end');
    unblock(home, 'exit');
    expect(await exit).toEqual({ code: 0, signal: null });
  },
);

it('can quit while the server is starting', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'starting-for-ever' });
  let output = '';
  app.process().stderr?.on('data', text => (output += text));
  await expect.poll(() => diary(home).length).toBeGreaterThan(0);
  expect(await quitApp(app), output).toEqual({ code: 0, signal: null });
  await expect.poll(() => pidsOf(home), { timeout: 20_000 }).toEqual([]);
});

it('can quit at the moment when the splash closes', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  blockAt(home, 'bind');
  const app = await startApp({ home, server: 'healthy' });
  await splashPage(app);
  let output = '';
  app.process().stderr?.on('data', text => (output += text));
  await app.evaluate(({ app, webContents }) => {
    const splash = webContents.getAllWebContents().find(contents => contents.getURL().includes('/splash.html'));
    if (splash === undefined) throw new Error('There is no splash.');
    splash.once('destroyed', () => app.quit());
  });
  const exit = exitOf(app);
  unblock(home, 'bind');
  expect(await exit, output).toEqual({ code: 0, signal: null });
});

it('stops the server when the shell is killed', async () => {
  const home = temporaryFolder();
  const { child, exited } = spawnApp({ home, server: 'healthy' });
  await expect.poll(() => canConnect(5870), { timeout: 30_000 }).toBe(true);
  child.kill('SIGKILL');
  await exited;
  await expect.poll(() => canConnect(5870), { timeout: 20_000 }).toBe(false);
  await expect.poll(() => pidsOf(home), { timeout: 20_000 }).toEqual([]);
});

it('flushes the page’s storage before it stops the server, so that even a kill of the app loses nothing', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy,slow-to-stop' });
  await (await shownUi(app)).evaluate(() => localStorage.setItem('login', 'ada'));
  const exit = quitApp(app);
  await expect.poll(() => diary(home).map(({ event }) => event)).toContain('stop-requested');
  await new Promise(resolve => setTimeout(resolve, 300));
  app.process().kill('SIGKILL');
  await exit;
  await expect.poll(() => pidsOf(home), { timeout: 20_000 }).toEqual([]);
  const next = await shownUi(await startApp({ home, server: 'healthy' }));
  expect(await next.evaluate(() => localStorage.getItem('login'))).toBe('ada');
});

it('keeps what was typed just before the quit, even if the app is killed meanwhile', {
  tags: 'left-to-ci',
}, async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  blockAt(home, 'exit');
  await ui.locator('#box').fill('a thought');
  const exit = quitApp(app);
  await expect.poll(() => diary(home).map(({ event }) => event)).toContain('stop-requested');
  await new Promise(resolve => setTimeout(resolve, 1_500));
  app.process().kill('SIGKILL');
  await exit;
  unblock(home, 'exit');
  await expect.poll(() => pidsOf(home), { timeout: 20_000 }).toEqual([]);
  const next = await shownUi(await startApp({ home, server: 'healthy' }));
  await expect.poll(() => next.locator('#box').inputValue()).toBe('a thought');
});
