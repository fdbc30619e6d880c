// @ts-check
import { spawn } from 'node:child_process';

const XVFB = ['Xvfb', '-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-noreset'];

/**
 * Opens a virtual screen on Linux, so that tests neither need nor disturb the user's own. It closes with this process,
 * even when that is killed. `env` makes a program use it.
 * @returns {Promise<{ env: Record<string, string>, close: () => void }>}
 */
export async function openScreen() {
  if (process.platform !== 'linux') return { env: {}, close() {} };
  // A process that is killed runs no handler; the kernel then ends the screen.
  const screen = spawn('setpriv', ['--pdeathsig', 'TERM', ...XVFB], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise((resolve, reject) => {
    screen.once('error', reject);
    screen.once('exit', code => reject(new Error(`Xvfb exited with code ${code}`)));
    screen.stdio[3]?.once('data', data => resolve(String(data).trim()));
  });
  const env = {
    DISPLAY: `:${number}`,
    WAYLAND_DISPLAY: '',
    // No session bus: named so that Chromium does not look for one.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
  };
  return { env, close: () => void screen.kill() };
}
