// @ts-check
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { UserError } from './setup/user-error.mjs';

/** npm and the terminal both forward one Ctrl-C; a second signal makes Electron exit immediately. */
const DUPLICATE_MS = 1000;

/** Exit code of an app that requests a relaunch, see `desktop/startup/lifecycle.ts`. */
const RELAUNCH = 75;

/**
 * @typedef {object} Run
 * @property {string} electron
 * @property {string} [root] folder of the app; omitted for a packed app
 * @property {string[]} switches for Electron
 * @property {string[]} args for the app
 * @property {NodeJS.ProcessEnv} env
 * @property {AbortSignal} [signal] makes Electron quit
 */

/**
 * Runs Electron on the app at `root`, and again each time the app requests a relaunch. Returns its exit code.
 * @param {Run} run
 * @returns {Promise<number>}
 */
export async function runElectron(run) {
  for (let relaunches = 0; ; relaunches++) {
    const count = relaunches === 0 ? [] : [`--relaunched=${relaunches}`];
    const code = await runOnce({ ...run, args: [...run.args, ...count] });
    if (code !== RELAUNCH) return code;
  }
}

/**
 * Runs Electron once and forwards signals to it. Always waits until it exits, because it needs time to stop the server.
 * @param {Run} run
 * @returns {Promise<number>}
 */
function runOnce({ electron, root, switches, args, env, signal }) {
  // Editors set this variable in their terminals; with it Electron would run as plain Node.
  const { ELECTRON_RUN_AS_NODE: _, ...ownEnv } = env;
  // On POSIX, a process group of its own, so that it receives each signal only once, from this process.
  const child = spawn(electron, [...switches, ...(root === undefined ? [] : [root]), ...args], {
    env: ownEnv,
    stdio: 'inherit',
    detached: process.platform !== 'win32',
  });

  let lastMs = Number.NEGATIVE_INFINITY;
  /** @param {NodeJS.Signals} name */
  const forward = name => {
    const isDuplicate = performance.now() - lastMs < DUPLICATE_MS;
    lastMs = performance.now();
    if (!isDuplicate) requestQuit(child, name);
  };
  const quit = () => requestQuit(child, 'SIGTERM');
  signal?.addEventListener('abort', quit);
  const names = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const name of names) process.on(name, forward);

  return new Promise((resolve, reject) => {
    const end = () => {
      for (const name of names) process.removeListener(name, forward);
      signal?.removeEventListener('abort', quit);
    };
    child.once('error', error => {
      end();
      reject(
        new UserError(`Electron cannot be run: ${error.message}.`, 'Delete .setup and run the same command again.'),
      );
    });
    child.once('exit', (code, by) => {
      end();
      resolve(code ?? 128 + (by === null ? 0 : constants.signals[by]));
    });
  });
}

/**
 * Requests a clean exit. Windows has no signals, and Node's `kill` would terminate the process there; taskkill without
 * /F closes its windows.
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function requestQuit(child, signal) {
  if (process.platform !== 'win32') child.kill(signal);
  else spawn('taskkill', ['/pid', String(child.pid)], { stdio: 'ignore', windowsHide: true });
}

/**
 * Returns the switches that Electron needs on this machine. Throws a UserError if there is no display.
 * @param {{ args: string[], env: NodeJS.ProcessEnv, say: (line: string) => void }} options
 * @returns {string[]}
 */
export function switchesForMachine({ args, env, say }) {
  if (process.platform !== 'linux') return [];
  const switches = [];
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    if (!['--doctor', '--help', '--version'].some(option => args.includes(option)))
      throw new UserError(
        'There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set).',
        'Run it from a desktop session, or on a virtual display (package xvfb): xvfb-run -a npm start',
      );
    switches.push('--ozone-platform=headless', '--disable-gpu');
  }
  if (process.getuid?.() === 0) {
    say('Running as root, where Chromium has no sandbox: --no-sandbox');
    switches.push('--no-sandbox');
  }
  return switches;
}
