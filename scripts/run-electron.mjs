// @ts-check
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { UserError } from './setup/user-error.mjs';

/** npm and the terminal both pass one Ctrl-C on; Electron takes a second signal as an order to die at once. */
const ECHO_MS = 1000;

/** Exit code of an app that is to be started again, see `desktop/startup/lifecycle.ts`. */
const RELAUNCH = 75;

/**
 * @typedef {object} Run
 * @property {string} electron
 * @property {string} [root] none for a packed app, which is its own
 * @property {string[]} switches Electron's
 * @property {string[]} args the app's
 * @property {NodeJS.ProcessEnv} env
 * @property {AbortSignal} [signal] asks Electron to quit
 */

/**
 * Runs Electron on the app at `root`, and again when the app asks for it. Returns its exit code.
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
 * Waits for its end, whatever signals come: it needs its time to stop the server.
 * @param {Run} run
 * @returns {Promise<number>}
 */
function runOnce({ electron, root, switches, args, env, signal }) {
  // In a group of its own on POSIX, so that each signal arrives once, through us.
  const child = spawn(electron, [...switches, ...(root === undefined ? [] : [root]), ...args], {
    env,
    stdio: 'inherit',
    detached: process.platform !== 'win32',
  });

  let lastMs = Number.NEGATIVE_INFINITY;
  /** @param {NodeJS.Signals} name */
  const forward = name => {
    const echo = performance.now() - lastMs < ECHO_MS;
    lastMs = performance.now();
    if (!echo) ask(child, name);
  };
  const quit = () => ask(child, 'SIGTERM');
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
 * Asks for a clean end. Node's own kill would be the end itself on Windows, where there are no signals: there
 * taskkill without /F closes the windows.
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function ask(child, signal) {
  if (process.platform !== 'win32') child.kill(signal);
  else spawn('taskkill', ['/pid', String(child.pid)], { stdio: 'ignore', windowsHide: true });
}

/**
 * The switches Electron needs on this machine. Throws a UserError when there is nowhere to show a window.
 * @param {{ args: string[], env: NodeJS.ProcessEnv, say: (line: string) => void }} options
 * @returns {string[]}
 */
export function switchesForMachine({ args, env, say }) {
  if (process.platform !== 'linux') return [];
  const switches = [];
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    if (!args.includes('--doctor'))
      throw new UserError(
        'There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set).',
        'Run it from a desktop session, or with a virtual screen: xvfb-run -a npm start',
      );
    switches.push('--ozone-platform=headless', '--disable-gpu');
  }
  if (process.getuid?.() === 0) {
    say('Running as root, where Chromium has no sandbox: --no-sandbox');
    switches.push('--no-sandbox');
  }
  return switches;
}
