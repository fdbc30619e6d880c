// @ts-check
import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';

const XVFB = ['Xvfb', '-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-noreset'];
const ATTEMPTS = 5;

/**
 * Opens a virtual screen on Linux, so that tests do not use the user's screen. It closes when this process exits or is
 * killed. Programs with the variables `env` use it.
 * @param {{ frames?: string }} [options] `frames`: a folder in which the screen keeps what it shows, as `Xvfb_screen0`
 * @returns {Promise<{ env: Record<string, string>, close: () => void }>}
 */
export async function openScreen({ frames } = {}) {
  if (process.platform !== 'linux') return { env: {}, close() {} };
  const { screen, number } = await startScreen(frames === undefined ? [] : ['-fbdir', frames]);
  const env = {
    DISPLAY: `:${number}`,
    WAYLAND_DISPLAY: '',
    // Keeps Chromium from searching for a session bus.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
  };
  return { env, close: () => void screen.kill() };
}

/**
 * Starts Xvfb, which chooses a free number. Two that start at the same moment may choose the same one; the later then
 * exits, and is started again.
 * @param {string[]} options
 */
async function startScreen(options) {
  for (let attempt = 1; ; attempt++) {
    // A killed process cannot run an exit handler, so the kernel signals the screen.
    const screen = spawn('setpriv', ['--pdeathsig', 'TERM', ...XVFB, ...options], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    screen.stderr?.on('data', data => {
      errors += data;
    });
    /** @type {string | undefined} */
    const number = await new Promise((resolve, reject) => {
      screen.once('error', reject);
      screen.once('close', () => resolve(undefined));
      screen.stdio[3]?.once('data', data => resolve(String(data).trim()));
    });
    if (number) return { screen, number };
    if (attempt === ATTEMPTS) throw new Error(`Xvfb exited with code ${screen.exitCode}: ${errors.trim()}`);
    await setTimeout(100 * attempt * Math.random());
  }
}
