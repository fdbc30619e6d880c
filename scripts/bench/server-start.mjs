// @ts-check
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds, memoryBytes, processesOf } from './processes.mjs';

const PROBE_MS = 5;
const LIMIT_MS = 120_000;
const GRACE_MS = 10_000;

const TOKEN_VARIABLE = 'CACHIBOT_DESKTOP_TOKEN';

/**
 * Where a server reads its token.
 * @typedef {'stdin' | 'environment'} TokenIn
 */

/**
 * @typedef {object} ServerTimes
 * @property {number} firstPage milliseconds from the spawn until the page is served
 * @property {number} apiReady milliseconds until the health is 200
 * @property {number} cpuS processor time until then, in seconds; only on Linux, as the next one
 * @property {number} memoryMb memory then
 */

/**
 * Starts a server on a free port, as the shell does.
 * @param {string[]} command host and port are appended
 * @param {NodeJS.ProcessEnv} env includes HOME
 * @param {{ tokenIn?: TokenIn, processGroup?: boolean }} [options] `processGroup`: makes it the leader of a group
 */
export async function startServer([file = '', ...args], env, { tokenIn = 'stdin', processGroup = false } = {}) {
  const port = await freePort();
  const token = randomBytes(32).toString('hex');
  const started = performance.now();
  const child = spawn(file, [...args, '--host', '127.0.0.1', '--port', String(port)], {
    env: {
      ...env,
      CACHIBOT_DESKTOP: 'true',
      ...(tokenIn === 'environment' ? { [TOKEN_VARIABLE]: token } : {}),
      _CACHIBOT_PORT: String(port),
    },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: processGroup,
  });
  // EPIPE when the server exits first. Stock CachiBot does not read its stdin.
  child.stdin.on('error', () => {});
  if (tokenIn === 'stdin') child.stdin.write(`${token}\n`);
  const exited = new Promise(resolve => child.once('exit', resolve).once('error', resolve));
  return { child, exited, port, token, started };
}

/**
 * Starts a server on a free port, measures the times and stops the server.
 * @param {string[]} command host and port are appended
 * @param {NodeJS.ProcessEnv} env includes HOME
 * @param {{ tokenIn?: TokenIn }} [options]
 * @returns {Promise<ServerTimes>}
 */
export async function timeServer(command, env, { tokenIn = 'stdin' } = {}) {
  const { child, exited, port, token, started } = await startServer(command, env, { tokenIn });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', text => {
    errors = (errors + text).slice(-2000);
  });
  let running = true;
  void exited.then(() => {
    running = false;
  });

  /** @param {string} path */
  const timeUntilServed = async path => {
    while (running && performance.now() - started < LIMIT_MS) {
      if ((await statusOf(port, path, token)) === 200) return performance.now() - started;
      await pause(PROBE_MS);
    }
    throw new Error(`${command[0]} did not serve ${path}: ${errors}`);
  };
  try {
    const firstPage = await timeUntilServed('/');
    const apiReady = await timeUntilServed('/api/health');
    const used = process.platform === 'linux' ? processesOf([child.pid ?? 0]) : [];
    return { firstPage, apiReady, cpuS: cpuSeconds(used), memoryMb: memoryBytes(used) / 1e6 };
  } finally {
    // Our entry point exits when its stdin ends; CachiBot's own command needs the signal.
    child.stdin.end();
    child.kill('SIGTERM');
    const killTimer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await exited;
    clearTimeout(killTimer);
  }
}

/**
 * Returns where the server of a clone reads its token. Older ones have it in their environment.
 * @param {string} root
 * @returns {TokenIn}
 */
export function tokenInOf(root) {
  const contract = readFileSync(join(root, 'docs', 'contract.md'), 'utf8');
  return contract.includes(`| variable | \`${TOKEN_VARIABLE}\` |`) ? 'environment' : 'stdin';
}

/**
 * @param {number} port
 * @param {string} path
 * @param {string} token
 * @returns {Promise<number | undefined>}
 */
function statusOf(port, path, token) {
  return new Promise(resolve => {
    const headers = { 'X-CachiBot-Token': token };
    get({ host: '127.0.0.1', port, path, headers, agent: false }, response => {
      response.resume();
      response.once('close', () => resolve(response.statusCode));
    }).once('error', () => resolve(undefined));
  });
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
