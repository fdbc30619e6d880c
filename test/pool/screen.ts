/** A setup file: each test file gets its own virtual screen on Linux, which ends with its process. */

import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll } from 'vitest';

const ARGUMENTS = ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-noreset'];

let screen: ChildProcess | undefined;

beforeAll(async () => {
  if (process.platform !== 'linux') return;
  // A worker that is killed runs no hook; the kernel then ends the screen.
  const started = spawn('setpriv', ['--pdeathsig', 'TERM', 'Xvfb', ...ARGUMENTS], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  screen = started;
  const display = await new Promise<string>((resolve, reject) => {
    started.once('error', reject);
    started.once('exit', code => reject(new Error(`Xvfb exited with code ${code}`)));
    started.stdio[3]?.once('data', data => resolve(String(data).trim()));
  });
  Object.assign(process.env, {
    DISPLAY: `:${display}`,
    WAYLAND_DISPLAY: '',
    // No session bus: named so that Chromium does not look for one.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
  });
});

afterAll(() => void screen?.kill());
