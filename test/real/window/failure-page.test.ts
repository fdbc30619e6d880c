// @module-tag linux: uses electron-app.ts

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import type { Process } from '../../../desktop/server/core/process-info';
import { RESTARTS } from '../../../desktop/server/core/restart-policy';
import { createProcesses } from '../../../desktop/server/process-table';
import { words } from '../../../desktop/words/en';
import {
  diary,
  exitOf,
  failurePage,
  mainLog,
  outputFolder,
  runApp,
  shownUi,
  splashPage,
  startApp,
  temporaryFolder,
  visibleWindows,
} from '../../drivers/electron-app';

it('says what happened when the server crashes, with its last ten lines', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'crash' });
  const page = await failurePage(app);
  await expect.poll(() => page.locator('#title').textContent()).toBe(words.failure.stoppedBeforeReady);
  expect(await page.locator('#detail').textContent()).toBe(words.failure.exitedWithCode(3));
  const lines = (await page.locator('#lines').textContent())?.split('\n');
  expect(lines).toHaveLength(10);
  expect(lines?.at(-1)).toBe('ModuleNotFoundError: no module named cachibot');
  await page.screenshot({ path: join(outputFolder(), 'failure.png') });
  expect(await visibleWindows(app)).toEqual(['app://shell/failure.html']);
});

it.each([
  ['exit0', words.failure.stoppedBeforeReady, 'code 0'],
  ['data-in-use', words.failure.dataInUse.title, words.failure.dataInUse.detail],
])('names the failure of a server that does %s', async (server, title, detail) => {
  const app = await startApp({ home: temporaryFolder(), server });
  const page = await failurePage(app);
  await expect.poll(() => page.locator('#title').textContent()).toBe(title);
  expect(await page.locator('#detail').textContent()).toContain(detail);
});

/** Starts a process that resembles the user's own `cachibot server`. `since` is its start time, in seconds. */
async function startOwnServer(home: string, script = 'setInterval(() => {}, 1e6)') {
  const program = join(home, 'cachibot');
  writeFileSync(program, `${script}; process.stdout.write('there')`);
  const child = spawn(process.execPath, [program, 'server'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise(resolve => child.stdout.once('data', resolve));
  const { beganMs } = (await createProcesses('proc').find(child.pid!)) as Process;
  return { child, since: Math.round(beganMs / 1000) };
}

const dataOwnerEnv = (pid: number | undefined, since: number) => ({
  SCRIPTED_HOLDER: JSON.stringify({ kind: 'stock', pid, since }),
});

it('says that the user’s own server uses the data, and stops it only when the user chooses to stop it and continue', async () => {
  const home = temporaryFolder();
  const { child, since } = await startOwnServer(home);
  const app = await startApp({ home, server: 'data-owned', env: dataOwnerEnv(child.pid, since) });
  const page = await failurePage(app);
  await expect.poll(() => page.locator('#title').textContent()).toBe(words.failure.dataInUse.title);
  expect(await page.locator('#detail').textContent()).toContain(
    `(PID ${child.pid}), which you started, has been using your data since`,
  );
  expect(await page.locator('#lines').textContent()).not.toContain('holder');
  await page.screenshot({ path: join(outputFolder(), 'failure-data-owned.png') });
  expect(child.exitCode ?? child.signalCode).toBeNull();
  await page.locator('#stop').click();
  await shownUi(app);
  expect(child.signalCode).toBe('SIGTERM');
});

it('does not stop a process that has the PID of the user’s server but another start time', async () => {
  const home = temporaryFolder();
  const { child, since } = await startOwnServer(home);
  const app = await startApp({ home, server: 'data-owned', env: dataOwnerEnv(child.pid, since - 3600) });
  const page = await failurePage(app);
  await page.locator('#stop').click();
  // The server is started again, and refused again.
  await expect.poll(() => diary(home).filter(({ event }) => event === 'start').length, { timeout: 20_000 }).toBe(2);
  await expect.poll(() => visibleWindows(app), { timeout: 20_000 }).toEqual(['app://shell/failure.html']);
  expect(child.exitCode ?? child.signalCode).toBeNull();
});

it('names the missing file, and says what to do', async () => {
  const app = await startApp({ home: temporaryFolder(), server: ['/nowhere/cachibot-server'] });
  const page = await failurePage(app);
  await expect.poll(() => page.locator('#title').textContent()).toBe(words.failure.notStarted);
  expect(await page.locator('#detail').textContent()).toBe(words.failure.fileMissing('/nowhere/cachibot-server'));
});

it('starts again by Try again, and shows the UI', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'crash-once' });
  await (await failurePage(app)).locator('#retry').click();
  await shownUi(app);
  expect(diary(home).filter(({ event }) => event === 'start')).toHaveLength(2);
});

it('opens the folder of the logs', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'crash' });
  await app.evaluate(({ shell }) => {
    shell.openPath = async path => {
      Object.assign(globalThis, { opened: path });
      return '';
    };
  });
  await (await failurePage(app)).locator('#logs').click();
  await expect
    .poll(() => app.evaluate(() => (globalThis as unknown as { opened?: string }).opened))
    .toBe(join(home, '.config', 'CachiBot', 'logs'));
});

it('copies the details for a report', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'crash' });
  const page = await failurePage(app);
  await page.locator('#copy').click();
  await expect.poll(() => page.locator('#copy').textContent()).toBe(words.pages.copied);
  const text = await app.evaluate(({ clipboard }) => clipboard.readText());
  expect(text).toMatch(/stopped before it was ready[\s\S]*ModuleNotFoundError[\s\S]*CachiBot \d+\.\d+\.\d+, Electron/);
});

it('quits from the failure page', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'crash' });
  const page = await failurePage(app);
  const exit = exitOf(app);
  void page
    .locator('#quit')
    .click()
    .catch(() => {}); // the page may close before the click returns
  expect(await exit).toEqual({ code: 0, signal: null });
});

it('shows the same page when a server that was ready keeps crashing', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy,crash-later', env: { SCRIPTED_DEATH_MS: '600' } });
  const page = await failurePage(app);
  await expect.poll(() => page.locator('#title').textContent()).toBe(words.server.stopped);
  expect(await page.locator('#lines').textContent()).toBe('The disk is gone.');
  await expect.poll(() => visibleWindows(app)).toEqual(['app://shell/failure.html']);
  // The first start, and the allowed number of restarts.
  expect(diary(home).filter(({ event }) => event === 'start')).toHaveLength(1 + RESTARTS);
});

it('says that a start is slow, lets the user wait, and does not stop a server that makes progress', {
  tags: 'left-to-ci',
}, async () => {
  const home = temporaryFolder();
  const app = await withLimit(home, 3, 'creeping,empty-page');
  const splash = await splashPage(app);
  // The start takes longer than the limit of three seconds, but the module counter shows progress.
  await expect.poll(() => splash.locator('#slow').isVisible(), { timeout: 20_000 }).toBe(true);
  expect(await splash.locator('#text').textContent()).toMatch(
    /longer than usual. CachiBot is still loading \(\d+ modules\)/,
  );
  await splash.screenshot({ path: join(outputFolder(), 'splash-slow.png') });
  await splash.locator('#wait').click();
  await expect.poll(() => splash.locator('#slow').isVisible()).toBe(false);
  expect(mainLog(home)).not.toContain('too-slow');
});

it('relaunches on another port when its own was taken', async () => {
  const home = temporaryFolder();
  // The exit code that makes `npm start` relaunch the app.
  expect((await runApp({ home, server: 'port-taken-once' })).code).toBe(75);
  await shownUi(await startApp({ home, server: 'port-taken-once', args: ['--relaunched=1'] }));
});

it('shows the failure page when the port is taken repeatedly', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'port-taken', args: ['--relaunched=3'] });
  const page = await failurePage(app);
  await expect.poll(() => page.locator('#title').textContent()).toBe(words.failure.portTaken);
  const exit = exitOf(app);
  void page
    .locator('#retry')
    .click()
    .catch(() => {}); // the page may close before the click returns
  expect(await exit).toEqual({ code: 75, signal: null });
});

it('stops reloading a page that keeps crashing, and says so', { tags: 'left-to-ci' }, async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy,empty-page' });
  await expect.poll(() => pages(app), { timeout: 30_000 }).toContain('http://127.0.0.1:5870/');
  const crash = setInterval(() => {
    const crashed = app.evaluate(({ webContents }) => {
      for (const page of webContents.getAllWebContents())
        if (page.getURL().startsWith('http:')) page.forcefullyCrashRenderer();
    });
    crashed.catch(() => {}); // the app is closed at the end of the test
  }, 300);
  try {
    const page = await failurePage(app);
    await expect.poll(() => page.locator('#title').textContent()).toBe(words.page.keepsCrashing);
  } finally {
    clearInterval(crash);
  }
});

const pages = (app: ElectronApplication) =>
  app.evaluate(({ webContents }) => webContents.getAllWebContents().map(page => page.getURL()));

it('stops a server that never responds, and says so', async () => {
  const home = temporaryFolder();
  const app = await withLimit(home, 1, 'starting-for-ever,empty-page');
  const page = await failurePage(app);
  await expect.poll(() => page.locator('#title').textContent()).toBe(words.failure.neverResponded);
  expect(await page.locator('#detail').textContent()).toContain('respond for 1 second');
  await expect.poll(() => diary(home).some(({ event }) => event === 'stop-requested')).toBe(true);
});

/** Starts the app with a start limit in its settings file. */
async function withLimit(home: string, startLimitSeconds: number, server: string): Promise<ElectronApplication> {
  const { mkdirSync } = await import('node:fs');
  mkdirSync(join(home, '.config', 'CachiBot'), { recursive: true });
  writeFileSync(join(home, '.config', 'CachiBot', 'settings.json'), JSON.stringify({ startLimitSeconds }));
  return startApp({ home, server });
}
