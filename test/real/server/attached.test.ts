// @module-tag linux: uses electron-app.ts

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  canConnect,
  diary,
  freePort,
  pageAt,
  quitApp,
  startApp,
  temporaryFolder,
  visibleWindows,
} from '../../drivers/electron-app';

/** Starts a server as a developer does by hand: without token and proof. @returns its port */
async function startServerByHand(home: string): Promise<number> {
  const port = await freePort();
  const script = join(__dirname, '..', '..', 'fixtures', 'scripted-server.mjs');
  const server = spawn(process.execPath, [script, 'healthy,stock', '--host', '127.0.0.1', '--port', String(port)], {
    env: { ...process.env, SCRIPTED_DIARY: join(home, 'diary') },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  onTestFinished(async () => {
    const gone = new Promise(resolve => server.once('exit', resolve));
    server.kill('SIGKILL');
    await gone;
  });
  await expect.poll(() => canConnect(port)).toBe(true);
  return port;
}

it('attaches to a running server, sends it no token, and does not stop it', async () => {
  const home = temporaryFolder();
  const byHand = temporaryFolder();
  const port = await startServerByHand(byHand);
  const url = `http://127.0.0.1:${port}/`;
  const app = await startApp({ home, server: 'crash', env: { CACHIBOT_URL: url } });
  await expect.poll(() => visibleWindows(app), { timeout: 60_000 }).toEqual([url]);
  const ui = await pageAt(app, url);
  expect(await ui.locator('#root').textContent()).toBe('Hello from the scripted server');

  const members = await ui.evaluate(() => Object.keys((window as unknown as { electronAPI: object }).electronAPI));
  expect(members).toContain('windowClose');
  expect(members.filter(name => /update|setting|cache|boot/i.test(name))).toEqual([]);
  expect(await quitApp(app)).toEqual({ code: 0, signal: null });

  expect(await canConnect(port)).toBe(true);
  expect(diary(byHand).filter(({ token }) => token === true)).toEqual([]);
  // The configured server was not started.
  expect(diary(home)).toEqual([]);
});

it('runs stock CachiBot, which gives no proof, as its child with identity “child”', async () => {
  const home = temporaryFolder();
  const command = [process.execPath, join(__dirname, '..', '..', 'fixtures', 'scripted-server.mjs'), 'healthy,stock'];
  const env = { CACHIBOT_DESKTOP_SERVER: JSON.stringify({ command, identity: 'child' }) };
  const app = await startApp({ home, server: 'healthy', env });
  await expect.poll(() => visibleWindows(app), { timeout: 60_000 }).toEqual(['http://127.0.0.1:5870/']);
  expect(diary(home).filter(({ token }) => token === true)).toEqual([]);
});
