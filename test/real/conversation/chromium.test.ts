/**
 * CachiBot's page in the Chromium of this machine: Debian's and Chrome are as new as the one in the pinned Electron, while
 * the other tests may run in an older Electron. Without a shell its guards, the bridge and notices are not tested.
 */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { newToken } from '../../../desktop/server/child-process';
import { serverEnvironment } from '../../../desktop/server/core/environment';
import { choosePort } from '../../../desktop/server/port';
import { ORIGIN, PREFERRED_PORT } from '../../../desktop/startup/core/config';
import { randomHex } from '../../../desktop/system/random-hex';
import { catchSocket, contentFrame, showArtifact } from '../../drivers/artifacts';
import { outputFolder, python, serverScript, temporaryFolder } from '../../drivers/electron-app';
import { openTokenProxy } from '../../drivers/token-proxy';
import { createAccount, say } from '../../drivers/user-journey';
import { openFakeModel } from '../../fixtures/fake-model.mjs';

const BROWSERS = ['chromium', 'google-chrome', 'chromium-browser'];

/** The major version of the Chromium in Electron 45, which package.json pins. */
const OLDEST = 156;

/** The path of the browser; undefined if this machine has none. */
const BROWSER = BROWSERS.map(name => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()).find(Boolean);

/** Starts the server as the shell does, until the test is over. @returns its port and token */
async function startServer(home: string, env: NodeJS.ProcessEnv) {
  const port = await choosePort(undefined);
  const token = newToken(randomHex);
  const workspace = join(home, 'CachiBot');
  mkdirSync(workspace, { recursive: true });
  const variables = serverEnvironment(
    { ...process.env, CACHIBOT_TELEMETRY_DISABLED: '1', ...env },
    {
      port,
      identity: 'token',
      home,
      homeVariable: 'HOME',
      workspace,
      shellPid: process.pid,
      version: '1.0.0',
      runId: '0'.repeat(32),
      hangFile: join(home, 'hang.txt'),
      profile: join(home, 'profile'),
      proxy: 'system',
      open: { v1: false, webhooks: false },
    },
  );
  const args = [serverScript, '--host', '127.0.0.1', '--port', String(port)];
  const server = spawn(python(), args, { cwd: workspace, env: variables, stdio: ['pipe', 'ignore', 'ignore'] });
  server.stdin.write(`${token}\n`);
  onTestFinished(() => new Promise<void>(resolve => server.once('exit', () => resolve()).stdin?.end()));
  const isReady = async () =>
    (await fetch(`http://127.0.0.1:${port}/api/health`).catch(() => undefined))?.status === 200;
  await expect.poll(isReady, { timeout: 90_000, interval: 200 }).toBe(true);
  return { port, token };
}

/** Opens the page at its origin, which Chromium maps to the proxy's port as the shell does. */
async function openPage(home: string, proxyPort: number): Promise<Page> {
  const browser = await chromium.launchPersistentContext(join(home, 'browser'), {
    ...(BROWSER === undefined ? {} : { executablePath: BROWSER }),
    args: [
      `--host-resolver-rules=MAP 127.0.0.1:${PREFERRED_PORT} 127.0.0.1:${proxyPort}`,
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
  onTestFinished(() => browser.close());
  const page = browser.pages()[0] ?? (await browser.newPage());
  await page.goto(ORIGIN);
  return page;
}

/** A request of content to this address gets a response, but only if nothing stops it. */
const FROM_CONTENT = '/api/health?from-content';

const CONTENT = `<p id="ran">no script</p><script>
  document.getElementById('ran').textContent = 'script ran at ' + origin;
  fetch('${ORIGIN}${FROM_CONTENT}', { mode: 'no-cors' }).then(() => 'reached', () => 'blocked').then(result => {
    document.getElementById('ran').textContent += ', server ' + result;
  });
</script>`;

it.skipIf(BROWSER === undefined || !process.env['CI'])('is as new as the Chromium of the pinned Electron', () => {
  const version = spawnSync(String(BROWSER), ['--version'], { encoding: 'utf8' }).stdout.trim();
  console.log(`The browser is ${version}`);
  const major = Number(/\d+/.exec(version)?.[0]);
  const problem = `${BROWSER} is ${version}: it cannot stand for Electron 45, which has Chromium ${OLDEST}`;
  expect(major, problem).toBeGreaterThanOrEqual(OLDEST);
});

it.skipIf(BROWSER === undefined)(
  'sets up, chats over a WebSocket, keeps the chat, and draws content in a frame of its own',
  {
    timeout: 240_000,
  },
  async () => {
    const home = temporaryFolder();
    const model = await openFakeModel();
    onTestFinished(() => void model.close());
    const server = await startServer(home, model.env);
    const proxy = await openTokenProxy({ ...server, origin: ORIGIN });
    const page = await openPage(home, proxy.port);
    const problems: string[] = [];
    page.on('pageerror', error => problems.push(error.message));
    page.on('console', message => {
      if (/Content Security Policy/.test(message.text())) problems.push(message.text());
    });

    await createAccount(page);
    await say(page, 'Good morning');
    await page.getByText('You said: Good morning').first().waitFor({ timeout: 60_000 });
    expect(await page.evaluate(() => location.origin)).toBe(ORIGIN);
    expect(problems).toEqual([]);

    await catchSocket(page);
    await say(page, 'And now a picture');
    await page.getByText('You said: And now a picture').first().waitFor({ timeout: 60_000 });
    await showArtifact(page, { type: 'html', content: CONTENT });
    const frame = await contentFrame(page, 'script ran at null, server blocked');
    expect(await frame.evaluate(() => window.origin)).toBe('null');
    expect(proxy.received).toContain('/desktop/content');
    expect(proxy.received).not.toContain(FROM_CONTENT);
    await page.screenshot({ path: join(outputFolder(), 'chromium.png') });

    await page.reload();
    await page.getByText('You said: Good morning').first().waitFor({ timeout: 60_000 });
  },
);
