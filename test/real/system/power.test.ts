/** Events of the machine, emitted as Electron emits them. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import type { ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';
import {
  canConnect,
  diary,
  exitOf,
  mainLog,
  pidsOf,
  quitApp,
  recordRequests,
  runApp,
  shownUi,
  startApp,
  temporaryFolder,
  UI,
  visibleWindows,
} from '../../drivers/electron-app';

async function ready(home: string, server = 'healthy'): Promise<ElectronApplication> {
  const app = await startApp({ home, server });
  await shownUi(app);
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"ready"');
  return app;
}

const events = (home: string) => diary(home).map(({ event }) => event);

it('logs sleep and wake-up of the machine, and does not report the server as silent', async () => {
  const home = temporaryFolder();
  const app = await ready(home);
  await app.evaluate(({ powerMonitor }) => {
    for (const event of ['suspend', 'resume'] as const) powerMonitor.emit(event);
  });
  await expect.poll(() => mainLog(home)).toMatch(/goes to sleep[\s\S]*awake again/);
  expect(mainLog(home)).not.toContain('silence');
});

const ends: Record<string, (app: ElectronApplication) => Promise<unknown>> = {
  'the machine is shut down': app =>
    app.evaluate(({ powerMonitor }) => {
      powerMonitor.emit('shutdown', { preventDefault: () => process.stdout.write('the machine waits\n') });
    }),
  'the session of Windows ends': app =>
    app.evaluate(({ BrowserWindow }) => {
      const window = BrowserWindow.getAllWindows().find(one => one.webContents.getURL().startsWith('http:'));
      window?.emit('query-session-end');
      window?.emit('session-end');
    }),
};

it.each(Object.entries(ends))('quits as usual when %s', async (event, end) => {
  const home = temporaryFolder();
  const app = await ready(home, 'healthy,slow-to-stop');
  let output = '';
  app.process().stdout?.on('data', text => (output += text));
  const exit = exitOf(app);
  await end(app).catch(() => {}); // the app may exit before it responds
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(events(home)).toContain('stop-requested');
  expect(pidsOf(home)).toEqual([]);
  expect(await canConnect(5870)).toBe(false);
  if (event === 'the machine is shut down') expect(output).toContain('the machine waits');
});

it('moves a window to another display when its own is removed', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const app = await ready(home);
  const bounds = () =>
    app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()
        .find(window => window.isVisible())
        ?.getBounds(),
    );
  const move = (x: number) =>
    app.evaluate(({ BrowserWindow }, x) => {
      BrowserWindow.getAllWindows()
        .find(window => window.isVisible())
        ?.setPosition(x, 40);
    }, x);
  const change = () => app.evaluate(({ screen }) => void screen.emit('display-removed'));
  await move(30);
  await change();
  expect(await bounds()).toMatchObject({ x: 30, y: 40 });
  await move(20_000);
  await expect.poll(async () => (await bounds())?.x).toBe(20_000);
  await change();
  await expect.poll(async () => (await bounds())?.x).toBeLessThan(2_000);
  expect(mainLog(home)).toContain('a window was out of reach');
});

it('continues when a process of Chromium exits, and logs it', async () => {
  const home = temporaryFolder();
  const app = await ready(home);
  const network = await app.evaluate(
    ({ app }) => app.getAppMetrics().find(({ serviceName }) => serviceName?.includes('network'))?.pid,
  );
  process.kill(network!, 'SIGKILL');
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toMatch(/Chromium's .*[nN]etwork.* exited: /);
  const ui = await shownUi(app);
  await expect
    .poll(() => ui.evaluate(() => fetch('/api/anything').then(({ status }) => status)).catch(String), {
      timeout: 20_000,
    })
    .toBe(200);
});

it('logs the arguments of a second launch', async () => {
  const home = temporaryFolder();
  const app = await ready(home);
  const second = await runApp({ home, server: 'healthy', args: ['cachibot://chat/1'] });
  expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('already running') });
  await expect.poll(() => mainLog(home)).toMatch(/second launch, with \{"args":\[.*"cachibot:\/\/chat\/1"\],"cwd":"/);
  expect(await visibleWindows(app)).toEqual([UI]);
});

it('relaunches when it is started again while it is quitting', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'stubborn' });
  await shownUi(app);
  const exit = quitApp(app);
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"stopping"');
  await runApp({ home, server: 'healthy' });
  // The exit code that makes `npm start` relaunch the app.
  expect(await exit).toEqual({ code: 75, signal: null });
});

it('uses no proxy, even if the environment names one', async () => {
  const home = temporaryFolder();
  const proxy = await recordRequests({ respond: (_request, response) => response.writeHead(502).end() });
  const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy', 'HTTPS_PROXY', 'https_proxy'];
  const env = Object.fromEntries(names.map(name => [name, proxy.url]));
  const app = await startApp({ home, server: 'healthy', env: { ...env, no_proxy: '', NO_PROXY: '' } });
  const ui = await shownUi(app);
  expect(await ui.evaluate(() => fetch('/api/anything').then(({ status }) => status))).toBe(200);
  expect(proxy.requests).toEqual([]);
});

it('runs in parallel with an app in another home, each with its own server and both at the same origin', {
  tags: 'left-to-ci',
}, async () => {
  const homes = [temporaryFolder(), temporaryFolder()] as const;
  const apps = [await ready(homes[0]), await ready(homes[1])] as const;
  const uis = await Promise.all(apps.map(shownUi));
  for (const [at, ui] of uis.entries()) {
    await ui.evaluate(number => localStorage.setItem('number', String(number)), at);
    expect(await ui.evaluate(() => location.origin)).toBe('http://127.0.0.1:5870');
  }
  const numbers = await Promise.all(uis.map(ui => ui.evaluate(() => localStorage.getItem('number'))));
  expect(numbers).toEqual(['0', '1']);
  await apps[0].close();
  expect(pidsOf(homes[0])).toEqual([]);
  expect(await uis[1]?.evaluate(() => fetch('/api/anything').then(({ status }) => status))).toBe(200);
});
