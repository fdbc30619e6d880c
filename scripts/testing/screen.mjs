// @ts-check
import { spawn } from 'node:child_process';

const XVFB = ['Xvfb', '-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-noreset'];

/**
 * Opens a virtual screen on Linux, so that tests do not use the user's screen. It closes when this process exits or is
 * killed. Programs with the variables `env` use it.
 * @returns {Promise<{ env: Record<string, string>, close: () => void }>}
 */
export async function openScreen() {
  if (process.platform !== 'linux') return { env: {}, close() {} };
  // A killed process cannot run an exit handler, so the kernel signals the screen.
  const screen = spawn('setpriv', ['--pdeathsig', 'TERM', ...XVFB], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise((resolve, reject) => {
    screen.once('error', reject);
    screen.once('exit', code => reject(new Error(`Xvfb exited with code ${code}`)));
    screen.stdio[3]?.once('data', data => resolve(String(data).trim()));
  });
  const env = {
    DISPLAY: `:${number}`,
    WAYLAND_DISPLAY: '',
    // Keeps Chromium from searching for a session bus.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
  };
  return { env, close: () => void screen.kill() };
}
