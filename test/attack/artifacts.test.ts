/** Hostile HTML artifacts, whose scripts run: they reach neither the page nor a network, and interrupt nobody. */
// @module-tag linux: uses electron-app.ts

import type { ElectronApplication, Page } from 'playwright-core';
import { createFolder } from '../drivers/attacked-app';
import { type Attack, defineAttacks, type OnClose, type Open } from '../drivers/attacks';
import { type LaunchOptions, launchApp, python, serverScript, UI } from '../drivers/electron-app';
import { openRecordingServer } from '../drivers/recording-server';
import { writeUnguardedApp } from '../drivers/unguarded-app';
import { makeAccount } from '../drivers/user-journey';
import { type Payload, QUESTIONS, REACHING, REQUESTS, WEBRTC } from './artifacts';

interface Target {
  app: ElectronApplication;
  ui: Page;
  /** Address of another program on this machine. */
  other: string;
  /** Returns the actions that have got through since the last call. */
  takeSeen(): Promise<string[]>;
}

interface InPage {
  reached: string[];
  cachibotDesktop: { showContent(host: HTMLElement, html: string): void };
}

/** Records responses, windows, dialogs and navigations, and the reports of content. */
async function watch(app: ElectronApplication, ui: Page, other: Awaited<ReturnType<typeof openRecordingServer>>) {
  const seen: string[] = [];
  let counted = 0;
  app.context().on('response', response => {
    const url = response.url();
    if (url.includes('attack') && response.status() !== 401) seen.push(`a response: ${url}`);
  });
  app.on('window', window => void seen.push(`a window: ${window.url()}`));
  ui.on('dialog', dialog => {
    seen.push(`a dialog: ${dialog.type()}`);
    void dialog.dismiss().catch(() => {}); // its frame may be gone
  });
  ui.on('framenavigated', frame => {
    if (frame === ui.mainFrame()) seen.push(`a navigation: ${frame.url()}`);
  });
  await ui.evaluate(() => {
    Object.assign(window, { reached: [] });
    addEventListener('message', ({ data }) => {
      if (typeof data?.reached === 'string') (window as unknown as InPage).reached.push(data.reached);
    });
  });
  return async () => {
    const reports = await ui
      .evaluate(() => {
        const focused = document.activeElement?.localName === 'iframe' ? ['the focus'] : [];
        return [...(window as unknown as InPage).reached.splice(0), ...focused];
      })
      .catch(() => []);
    const requests = other.requests.slice(counted).map(({ method, path }) => `a request: ${method} ${path}`);
    counted += requests.length;
    return [...seen.splice(0), ...reports, ...requests];
  };
}

async function open(onClose: OnClose, options: Partial<LaunchOptions>): Promise<Target> {
  const home = createFolder('cachibot-artifacts-', onClose);
  const other = await openRecordingServer({
    respond: (_request, response) => response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end('attack'),
  });
  onClose(other.close);
  const { app, kill } = await launchApp({ home, server: [python(), serverScript], ...options });
  onClose(kill);
  const ui = await makeAccount(app, home);
  await ui.evaluate(() => {
    document.body.insertAdjacentHTML(
      'beforeend',
      '<div id="host" style="position:fixed;inset:0 0 auto;height:9em;display:grid;grid-auto-flow:column">',
    );
  });
  return { app, ui, other: other.url, takeSeen: await watch(app, ui, other) };
}

/** Without the shell's guards, the page's policy and the sandbox. */
const openUnguarded: Open<Target> = async onClose => {
  const code = createFolder('cachibot-unguarded-', onClose);
  writeUnguardedApp(code);
  const opened = await open(onClose, { code });
  const { app, ui } = opened;
  await app.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows().find(each => each.isVisible());
    window?.webContents.session.webRequest.onHeadersReceived(({ url, responseHeaders = {} }, reply) => {
      if (url.includes('/desktop/content')) delete responseHeaders['content-security-policy'];
      reply({ responseHeaders });
    });
  });
  await ui.evaluate(() => {
    const { setAttribute } = HTMLIFrameElement.prototype;
    HTMLIFrameElement.prototype.setAttribute = function (name, value) {
      if (name !== 'sandbox') setAttribute.call(this, name, value);
    };
  });
  return opened;
};

/** Time in which content has begun to act, on a busy machine too. The last try gets longer. */
const SETTLE_MS = 400;
const LAST_MS = 2_000;

/** Draws each payload as an artifact, some beside each other. */
const tryEach =
  (payloads: readonly Payload[], beside: number) =>
  async ({ ui, other, takeSeen }: Target, enough: number): Promise<string[]> => {
    const through: string[] = [];
    await takeSeen();
    for (let at = 0; at < payloads.length && through.length < enough; at += beside) {
      const shown = payloads.slice(at, at + beside);
      const contents = shown.map(({ html }) => html.replaceAll('OTHER', other).replaceAll('APP', UI));
      await ui.evaluate(contents => {
        document.querySelector('textarea')?.focus();
        const hosts = contents.map(() => document.createElement('div'));
        document.getElementById('host')?.replaceChildren(...hosts);
        for (const [index, host] of hosts.entries())
          (window as unknown as InPage).cachibotDesktop.showContent(host, contents[index] ?? '');
      }, contents);
      await ui.waitForTimeout(at + beside >= payloads.length ? LAST_MS : SETTLE_MS);
      const names = shown.map(({ name }) => name).join(' or ');
      through.push(...(await takeSeen()).map(what => `${names}: ${what}`));
    }
    return through;
  };

const attack = (name: string, payloads: readonly Payload[], beside = 4): Attack<Target> => ({
  name,
  tried: payloads.length,
  run: tryEach(payloads, beside),
});

defineAttacks({ guarded: onClose => open(onClose, {}), unguarded: openUnguarded }, [
  attack('an artifact reaches the page, its storage or the bridge', REACHING),
  attack('an artifact sends a request', REQUESTS),
  attack('an artifact gets WebRTC, which looks up names', WEBRTC),
  attack('an artifact opens a window or a dialog, leaves its frame or takes the focus', QUESTIONS, 1),
]);
