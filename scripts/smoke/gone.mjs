// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** How long the last of a run's processes may take to leave once the app has. */
const LEAVE_MS = 5_000;

/**
 * Waits until nobody listens on the port and, on Linux, no process has `word` in its command line or environment.
 * Throws, naming what is left.
 * @param {{ port: number, word?: string }} what
 */
export async function expectGone({ port, word }) {
  const limit = Date.now() + LEAVE_MS;
  for (;;) {
    const left = [
      ...((await isOpen(port)) ? [`a listener on port ${port}`] : []),
      ...(word === undefined ? [] : processesOf(word).map(pid => `process ${pid}`)),
    ];
    if (left.length === 0) return;
    if (Date.now() > limit) throw new Error(`Left over: ${left.join(', ')}.`);
    await pause(100);
  }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isOpen(port) {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** @param {string} word */
function processesOf(word) {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.filter(pid => ['environ', 'cmdline'].some(file => readOrEmpty(`/proc/${pid}/${file}`).includes(word)));
}

/** @param {string} file */
function readOrEmpty(file) {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // it ended between the two looks, or is somebody else's
  }
}
