/** The app on Wayland: Weston, without a screen, is the desktop. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';
import { until } from '../../drivers/poll';

const root = join(__dirname, '..', '..', '..');
const SOCKET = 'wayland-test';

/** Starts Weston, until the test is over. @returns the folder with its socket */
async function startWeston(): Promise<string> {
  const folder = join(temporaryFolder(), 'runtime');
  mkdirSync(folder);
  chmodSync(folder, 0o700);
  const args = ['--backend=headless-backend.so', '--use-pixman', `--socket=${SOCKET}`, '--idle-time=0', '--no-config'];
  const weston = spawn('weston', args, { env: { ...process.env, XDG_RUNTIME_DIR: folder }, stdio: 'ignore' });
  const failed = new Promise<never>((_resolve, reject) => weston.once('error', reject));
  onTestFinished(() => void weston.kill());
  await Promise.race([failed, until('Weston', () => existsSync(join(folder, SOCKET)))]);
  return folder;
}

const HAS_WESTON = spawnSync('weston', ['--version']).error === undefined;

it.skipIf(!HAS_WESTON)('shows its window, which the desktop finds the launcher of', { timeout: 120_000 }, async () => {
  const runtime = await startWeston();
  const app = await startApp({
    home: temporaryFolder(),
    server: 'healthy',
    switches: ['--ozone-platform=wayland'],
    env: { XDG_RUNTIME_DIR: runtime, WAYLAND_DISPLAY: SOCKET, DISPLAY: '', WAYLAND_DEBUG: '1' },
  });
  let output = '';
  app.process().stderr?.on('data', text => (output += text));
  const ui = await shownUi(app);
  expect(await ui.evaluate(() => new Promise(resolve => requestAnimationFrame(() => resolve('drawn'))))).toBe('drawn');
  await app.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) if (window.isVisible()) window.hide();
    BrowserWindow.getAllWindows()[0]?.show();
  });
  const ids = () => [...output.matchAll(/set_app_id\("([^"]*)"\)/g)].map(([, id]) => id);
  await expect.poll(ids, { timeout: 20_000 }).not.toEqual([]);
  const { desktopName } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect([...new Set(ids())]).toEqual([desktopName.replace(/\.desktop$/, '')]);
});
