// @module-tag linux: uses electron-app.ts

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import {
  blockAt,
  diary,
  mainLog,
  outputFolder,
  pageAt,
  recordRequests,
  runApp,
  shownUi,
  spawnApp,
  splashPage,
  startApp,
  temporaryFolder,
  UI,
  unblock,
  visibleWindows,
} from '../../drivers/electron-app';

it('shows the splash at once, and the UI when it has painted', async () => {
  const home = temporaryFolder();
  for (const step of ['bind', 'ready'] as const) blockAt(home, step);
  const app = await startApp({ home, server: 'healthy' });
  const splash = await splashPage(app);
  await expect.poll(() => splash.locator('#text').textContent()).toBe(words.pages.starting);
  await splash.screenshot({ path: join(outputFolder(), 'splash.png') });
  unblock(home, 'bind');
  const ui = await shownUi(app);
  // The page is shown before the server is ready: a 503 with a proof is sufficient.
  expect(await ui.locator('#root').textContent()).toBe('Hello from the scripted server');
  expect(mainLog(home)).not.toContain('"phase":"ready"');
  unblock(home, 'ready');
  await expect.poll(() => mainLog(home), { timeout: 30_000 }).toContain('"phase":"ready"');
});

it('keeps the splash while the loaded page is still empty', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy,empty-page' });
  const splash = [expect.stringContaining('app://shell/splash.html')];
  // Either of the two pages may be loaded first.
  await expect.poll(() => visibleWindows(app), { timeout: 60_000 }).toEqual(splash);
  const ui = await pageAt(app, UI);
  await ui.waitForLoadState();
  expect(await visibleWindows(app)).toEqual(splash);
  await ui.evaluate(() => {
    document.getElementById('root')!.textContent = 'now';
  });
  await shownUi(app);
});

it('counts as shown below a bar whose page is about to load', { tags: 'left-to-ci' }, async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(app);
  const addView = (height: number) =>
    app.evaluate(({ BrowserWindow, WebContentsView }, height) => {
      const [window] = BrowserWindow.getAllWindows();
      const view = new WebContentsView();
      window?.contentView.addChildView(view);
      view.setBounds({ x: 0, y: 0, width: window?.getContentBounds().width ?? 0, height });
      return window?.getContentBounds().height ?? 0;
    }, height);
  const height = await addView(40);
  expect(await visibleWindows(app)).toEqual([UI]);
  await addView(height - 1);
  expect(await visibleWindows(app)).toEqual(['']);
});

it('does not slow down the page that the splash covers', async () => {
  const home = temporaryFolder();
  // Without Playwright, for which each page counts as visible.
  spawnApp({ home, server: 'healthy,empty-page' });
  const requests = () => diary(home).flatMap(({ path }) => path ?? []);
  await expect.poll(requests, { timeout: 60_000 }).toContain('/');
  // Well below EMPTY_PAGE_MS in `main-page.ts`, after which the splash is removed and slows down nothing.
  await expect.poll(requests, { timeout: 10_000 }).toContain('/after-two-frames');
});

it('gives the server the contract’s arguments and environment, and no DATABASE_URL', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy', env: { DATABASE_URL: 'postgres://elsewhere' } });
  await shownUi(app);
  expect(diary(home)[0]).toMatchObject({
    event: 'start',
    argv: ['healthy', '--host', '127.0.0.1', '--port', '5870'],
    cwd: join(home, 'CachiBot'),
    env: { desktop: 'true', port: '5870', database: null, workspace: join(home, 'CachiBot') },
  });
});

it('sends the token with the page’s own requests and WebSockets', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  await ui.evaluate(async () => {
    await fetch('/api/something');
    await new Promise(resolve => {
      new WebSocket('ws://127.0.0.1:5870/ws').onerror = resolve;
    });
  });
  const seen = diary(home).filter(({ event }) => event === 'request' || event === 'upgrade');
  expect(seen.map(({ event, path, url }) => path ?? url ?? event)).toEqual(
    expect.arrayContaining(['/', '/api/something', '/ws']),
  );
  expect(seen.filter(({ token }) => token !== true)).toEqual([]);
});

it('gives the UI a complete bridge with correct values', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  const ui = await shownUi(app);
  const bridge = await ui.evaluate(async () => {
    const api = (window as unknown as { electronAPI: import('../../../desktop/ipc/core/contract').ElectronApi })
      .electronAPI;
    const errors: string[] = [];
    api.onUpdateError(({ message }) => errors.push(message));
    return {
      members: Object.keys(api).sort(),
      platform: api.platform,
      version: api.appVersion,
      versions: api.versions,
      check: await api.checkForUpdate(),
      download: await api.downloadUpdate(),
      clear: await api.clearCache(),
      boot: await api.getStartOnBoot(),
      setBoot: await api.setStartOnBoot(true),
      channel: await api.getSetting('updateChannel', 'stable'),
      errors,
      node: typeof (window as unknown as { require: unknown }).require,
    };
  });
  expect(bridge.members).toEqual([
    'appVersion',
    'checkForUpdate',
    'chooseFolder',
    'clearCache',
    'downloadUpdate',
    'forgetNews',
    'getSetting',
    'getStartOnBoot',
    'installUpdate',
    'isDesktop',
    'onCommand',
    'onMaximizedChange',
    'onOpen',
    'onUpdateAvailable',
    'onUpdateDownloaded',
    'onUpdateError',
    'onUpdateProgress',
    'openMenu',
    'platform',
    'reportNews',
    'setSetting',
    'setStartOnBoot',
    'versions',
    'windowClose',
    'windowIsMaximized',
    'windowMaximize',
    'windowMinimize',
  ]);
  expect(bridge).toMatchObject({
    platform: process.platform,
    version: process.env['npm_package_version'] ?? expect.stringMatching(/^\d+\.\d+\.\d+$/),
    versions: {
      electron: expect.stringMatching(/^\d/),
      node: expect.stringMatching(/^\d/),
      chrome: expect.stringMatching(/^\d/),
    },
    check: { available: false },
    download: { success: false },
    clear: { success: true },
    boot: false,
    setBoot: { success: true },
    channel: 'stable',
    node: 'undefined',
  });
  expect(bridge.errors).toEqual([
    'This build of CachiBot has no update server, so updates are off.',
    'This build of CachiBot has no update server, so updates are off.',
  ]);
});

it('keeps a setting across restarts, and refuses an invalid value', async () => {
  const home = temporaryFolder();
  const first = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(first);
  const refused = await ui.evaluate(async () => {
    const api = (window as unknown as { electronAPI: import('../../../desktop/ipc/core/contract').ElectronApi })
      .electronAPI;
    await api.setSetting('updateChannel', 'beta');
    const attempts = [
      api.setSetting('updateChannel', 'nightly' as 'beta'),
      api.setSetting('home' as 'updateChannel', 'beta'),
    ];
    return (await Promise.allSettled(attempts)).map(result =>
      result.status === 'rejected' ? String(result.reason) : 'kept',
    );
  });
  expect(refused[0]).toContain('updateChannel must be "stable" or "beta", not "nightly"');
  expect(refused[1]).toContain('There is no setting "home"');
  await first.close();

  const second = await startApp({ home, server: 'healthy' });
  const channel = await (await shownUi(second)).evaluate(() =>
    (
      window as unknown as { electronAPI: import('../../../desktop/ipc/core/contract').ElectronApi }
    ).electronAPI.getSetting('updateChannel', 'stable'),
  );
  expect(channel).toBe('beta');
});

it('opens where it was closed', async () => {
  const home = temporaryFolder();
  const place = { x: 120, y: 90, width: 900, height: 600 };
  const first = await startApp({ home, server: 'healthy' });
  await shownUi(first);
  await first.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds), place);
  await new Promise(resolve => setTimeout(resolve, 1_000)); // bounds are saved after the window has stopped moving
  await first.close();

  const second = await startApp({ home, server: 'healthy' });
  await shownUi(second);
  expect(await second.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds())).toEqual(place);
  // The background has the page's colour, so that the window does not flash.
  expect(await second.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBackgroundColor())).toBe(
    '#0A141E',
  );
});

it('brings the running window to the front when it is started again, and starts no second server', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  await shownUi(app);
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  const second = await runApp({ home, server: 'healthy' });
  expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('already running') });
  await expect.poll(() => visibleWindows(app)).toEqual([UI]);
  expect(diary(home).filter(({ event }) => event === 'start')).toHaveLength(1);
});

it('moves to a free port when 5870 is taken, and keeps its origin', async () => {
  const home = temporaryFolder();
  const first = await startApp({ home, server: 'healthy' });
  await (await shownUi(first)).evaluate(() => localStorage.setItem('login', 'kept'));
  await first.close();

  const other = await recordRequests({
    port: 5870,
    respond: (_request, response) => response.end('{"status":"ok","version":"0.3.0"}'),
  });
  const second = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(second);
  expect(await ui.evaluate(() => [location.origin, localStorage.getItem('login')])).toEqual([
    'http://127.0.0.1:5870',
    'kept',
  ]);
  expect(await ui.locator('#root').textContent()).toBe('Hello from the scripted server');
  expect(other.requests).toEqual([]);
});
