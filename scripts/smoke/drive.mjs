// @ts-check
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runElectron } from '../run-electron.mjs';
import { expectGone } from './gone.mjs';

const READY_MS = 120_000;
const LOG_MS = 20_000;

/**
 * Starts the app as a person would, waits until its server answers, quits it, and proves that nothing is left.
 * Returns the port its server had; throws what is wrong.
 * @param {string} executable
 * @param {string[]} switches
 * @param {NodeJS.ProcessEnv} env
 */
export async function startAndQuit(executable, switches, env) {
  // Loaded here: whoever names this file may still have to install the packages.
  const { default: waitOn } = await import('wait-on');
  const data = mkdtempSync(join(tmpdir(), 'cachibot-smoke-run-'));
  const quit = new AbortController();
  const args = ['--data', data];
  const ended = runElectron({ electron: executable, switches, args, env, signal: quit.signal });
  try {
    const port = await portIn(join(data, 'profile', 'logs', 'main.log'), ended);
    // `http-get:`, because the server has no HEAD; no proxy, whatever the environment says: it is this machine.
    const health = { resources: [`http-get://127.0.0.1:${port}/api/health`], timeout: READY_MS, proxy: false };
    await Promise.race([waitOn(/** @type {any} */ (health)), failsWhenEnded(ended)]);
    quit.abort();
    const code = await ended;
    if (code !== 0) throw new Error(`The app ended with code ${code}.`);
    await expectGone({ port, word: data });
    return port;
  } catch (error) {
    quit.abort();
    await ended;
    throw new Error(`${/** @type {Error} */ (error).message}\n${readOrEmpty(join(data, 'profile/logs/main.log'))}`);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/**
 * The port the app has chosen, which it writes into its log.
 * @param {string} log
 * @param {Promise<number>} ended
 */
async function portIn(log, ended) {
  const limit = Date.now() + LOG_MS;
  while (Date.now() < limit) {
    const port = /; port (\d+)/.exec(readOrEmpty(log))?.[1];
    if (port !== undefined) return Number(port);
    await Promise.race([pause(50), failsWhenEnded(ended)]);
  }
  throw new Error(`The app wrote no port into its log in ${LOG_MS / 1000} s.`);
}

/** @param {Promise<number>} ended */
async function failsWhenEnded(ended) {
  throw new Error(`The app ended with code ${await ended} before its server answered.`);
}

/** @param {string} file */
function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // not written yet
  }
}
