// @module-tag linux: uses electron-app.ts

import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { clickOn, mainLog, openUi, recordRequests, UI, visibleWindows } from '../../drivers/electron-app';

/** Another origin on this machine. */
const openOtherSite = () =>
  recordRequests({
    respond: (_request, response) =>
      response.setHeader('Access-Control-Allow-Origin', '*').end('<title>Other site</title>'),
  });

async function click(ui: Page, href: string, target = ''): Promise<void> {
  await ui.evaluate(
    ([address, where]) => {
      document.getElementById('link')?.remove();
      const link = document.createElement('a');
      Object.assign(link, { id: 'link', textContent: 'link', href: address, target: where });
      document.body.prepend(link);
    },
    [href, target] as const,
  );
  await clickOn(ui, '#link');
}

it('opens nothing for a link to a file', async () => {
  const { app, ui, opened } = await openUi();
  // Chromium itself refuses, before our guards are called.
  const refused = ui.waitForEvent('console', message => message.text().includes('Not allowed to load local resource'));
  await click(ui, 'file:///etc/passwd');
  await refused;
  await click(ui, 'file:///etc/passwd', '_blank');
  expect(await opened()).toEqual([]);
  expect(await visibleWindows(app)).toEqual([UI]);
});

it.each(['http://localhost:5870/', 'http://127.0.0.1:1/', 'smb://server/share', 'app://shell/failure.html'])(
  'opens nothing for a link to %s',
  async address => {
    const { home, app, ui, opened } = await openUi();
    await click(ui, address);
    await click(ui, address, '_blank');
    await expect.poll(() => mainLog(home)).toMatch(/refused/);
    expect(await opened()).toEqual([]);
    expect(await visibleWindows(app)).toEqual([UI]);
  },
);

it('does not follow a redirect that leaves the origin', async () => {
  const other = await openOtherSite();
  const { home, ui } = await openUi('healthy', { SCRIPTED_ELSEWHERE: other.url });
  await ui.evaluate(() => {
    setTimeout(() => location.assign('/redirect')); // after this call has returned
  });
  await expect.poll(() => mainLog(home)).toContain(`navigation refused: ${other.url}`);
  expect(ui.url()).not.toContain(other.url);
  expect(other.requests).toEqual([]);
});

it('lets the page reach no other origin', async () => {
  const other = await openOtherSite();
  const { ui } = await openUi();
  const result = await ui.evaluate(url => fetch(url).then(() => 'reached', String), other.url);
  expect(result).toContain('Failed to fetch');
  expect(other.requests).toEqual([]);
});

it('gives a preview with its own address neither bridge nor token', async () => {
  const { app, ui } = await openUi();
  await clickOn(ui, '#box'); // each window needs a gesture
  const [child] = await Promise.all([
    app.waitForEvent('window'),
    ui.evaluate(
      () => void window.open(URL.createObjectURL(new Blob(['<title>Preview</title>'], { type: 'text/html' }))),
    ),
  ]);
  await child.waitForURL(/^blob:/);
  expect(await capabilitiesOf(child)).toEqual({ bridge: 'undefined', node: 'undefined', status: 401 });
});

it('gives the blank window of a page for printing no bridge', async () => {
  const { app, ui } = await openUi();
  await clickOn(ui, '#box'); // each window needs a gesture
  const [child] = await Promise.all([
    app.waitForEvent('window'),
    ui.evaluate(() => void window.open('about:blank')?.document.write('<title>Preview</title>Printed')),
  ]);
  // Chromium treats its requests as those of the opener, which wrote its whole content.
  expect(await capabilitiesOf(child)).toMatchObject({ bridge: 'undefined', node: 'undefined' });
});

const capabilitiesOf = (child: Page) =>
  child.evaluate(async () => ({
    bridge: typeof (window as unknown as { electronAPI?: unknown }).electronAPI,
    node: typeof (window as unknown as { require?: unknown }).require,
    status: await fetch('http://127.0.0.1:5870/api/secret').then(
      ({ status }) => status,
      () => 'refused',
    ),
  }));

it('gives frames neither bridge nor token', async () => {
  const { ui } = await openUi();
  const seen = await ui.evaluate(async () => {
    const frame = document.createElement('iframe');
    frame.srcdoc = '<title>inner</title>';
    document.body.append(frame);
    await new Promise(resolve => (frame.onload = resolve));
    const inner = frame.contentWindow as unknown as { electronAPI?: unknown; fetch: typeof fetch };
    const { status } = await inner.fetch('/api/secret');
    return { bridge: typeof inner.electronAPI, status };
  });
  expect(seen).toEqual({ bridge: 'undefined', status: 401 });
});

it('refuses permissions that the page does not need', async () => {
  const { ui } = await openUi();
  const answers = await ui.evaluate(async () => {
    const permission = async (name: string) => (await navigator.permissions.query({ name: name as 'camera' })).state;
    return {
      camera: await permission('camera'),
      location: await permission('geolocation'),
      notifications: await permission('notifications'),
      clipboardRead: await permission('clipboard-read'),
      askedForNotifications: await Notification.requestPermission(),
      copy: await navigator.clipboard.writeText('copied').then(() => 'allowed', String),
    };
  });
  expect(answers).toEqual({
    camera: 'denied',
    location: 'denied',
    notifications: 'denied',
    clipboardRead: 'denied',
    askedForNotifications: 'denied',
    copy: 'allowed',
  });
});

it('refuses a request of a page that is not ours', async () => {
  const { home, app } = await openUi();
  const other = await openOtherSite();
  // The worst case: a window with our preload that should not exist.
  const answer = await app.evaluate(
    async ({ BrowserWindow }, [url, preload]) => {
      const window = new BrowserWindow({
        show: false,
        webPreferences: { preload, additionalArguments: [`--cachibot-origin=${new URL(url).origin}`] },
      });
      await window.loadURL(url);
      return window.webContents.executeJavaScript('electronAPI.getSetting("updateChannel").then(String, String)');
    },
    [other.url, require('node:path').join(__dirname, '..', '..', '..', 'out', 'preload.js')] as const,
  );
  expect(answer).toContain('this page may not send it');
  expect(mainLog(home)).toContain('setting:get refused');
});

it('sends no token to a program that takes the port of a crashed server', async () => {
  const { home, app, ui } = await openUi();
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"ready"');
  await ui.evaluate(() => void fetch('/die'));
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"restarting"');
  const [, port] = /; port (\d+)/.exec(mainLog(home)) ?? [];
  const other = await recordRequests({
    port: Number(port),
    respond: (_request, response) => response.end('{"status":"ok","version":"0.3.0"}'),
  });
  const answer = await ui.evaluate(() => fetch('/api/secret').then(String, () => 'refused')).catch(() => 'gone');
  expect(answer).not.toContain('Response');
  // The other program receives health probes without a token, and nothing else: the page is not loaded from it.
  await expect.poll(() => mainLog(home), { timeout: 60_000 }).toContain('"kind":"port-lost"');
  expect(other.requests.filter(({ path, hasToken }) => path !== '/api/health' || hasToken)).toEqual([]);
  await app.close();
});
