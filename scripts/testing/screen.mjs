// @ts-check
import { startChild } from './child.mjs';

/**
 * A virtual screen for the tests of the window, on Linux: they neither need nor disturb the person's own. It ends
 * with this process. Returns the environment that makes a program use it.
 * @returns {Promise<Record<string, string>>}
 */
export async function openScreen() {
  if (process.platform !== 'linux') return {};
  const args = ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-noreset'];
  const screen = startChild('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise((resolve, reject) => {
    screen.once('error', reject);
    screen.once('exit', code => reject(new Error(`Xvfb ended with code ${code}`)));
    screen.stdio[3]?.once('data', data => resolve(String(data).trim()));
  });
  return {
    DISPLAY: `:${number}`,
    WAYLAND_DISPLAY: '',
    // No session bus, said so that Chromium does not look for one.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
  };
}
