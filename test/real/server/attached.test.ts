// @module-tag linux: as all that uses electron-app.ts

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  canConnect,
  diary,
  exitOf,
  freePort,
  pageAt,
  startApp,
  temporaryFolder,
  visibleWindows,
} from '../../drivers/electron-app';

/** A server that a developer runs by hand: it knows nothing of tokens and proofs. */
async function serverByHand(home: string): Promise<number> {
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

it('attaches to a server that already runs, gives it no token, and leaves it running', async () => {
  const home = temporaryFolder();
  const byHand = temporaryFolder();
  const port = await serverByHand(byHand);
  const url = `http://127.0.0.1:${port}/`;
  const app = await startApp({ home, server: 'crash', env: { CACHIBOT_URL: url } });
  await expect.poll(() => visibleWindows(app), { timeout: 60_000 }).toEqual([url]);
  const ui = await pageAt(app, url);
  expect(await ui.locator('#root').textContent()).toBe('Hello from the scripted server');

  const members = await ui.evaluate(() => Object.keys((window as unknown as { electronAPI: object }).electronAPI));
  expect(members).toContain('windowClose');
  expect(members.filter(name => /update|setting|cache|boot/i.test(name))).toEqual([]);
  const gone = exitOf(app);
  void app.evaluate(({ app }) => app.quit()).catch(() => {}); // the connection ends with the app
  expect(await gone).toEqual({ code: 0, signal: null });

  expect(await canConnect(port)).toBe(true);
  expect(diary(byHand).filter(({ token }) => token === true)).toEqual([]);
  // The server that would have been started was not.
  expect(diary(home)).toEqual([]);
});

it('runs stock CachiBot as its child when asked to, without a proof', async () => {
  const home = temporaryFolder();
  const command = [process.execPath, join(__dirname, '..', '..', 'fixtures', 'scripted-server.mjs'), 'healthy,stock'];
  const env = { CACHIBOT_DESKTOP_SERVER: JSON.stringify({ command, identity: 'child' }) };
  const app = await startApp({ home, server: 'healthy', env });
  await expect.poll(() => visibleWindows(app), { timeout: 60_000 }).toEqual(['http://127.0.0.1:5870/']);
  expect(diary(home).filter(({ token }) => token === true)).toEqual([]);
});
