// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withHome } from './home.mjs';
import { StartRun } from './start-run.mjs';

/** @typedef {import('./start-run.mjs').Design} Design */
/** @typedef {{ name: string, command: string[], server?: object }} App */
/**
 * @typedef {object} Machine
 * @property {string} root
 * @property {string} electron
 * @property {string[]} switches for Electron
 * @property {string[]} stock command of the stock server
 * @property {string} folder for the homes
 * @property {Record<string, string>} screen variables of the virtual screen
 */

const PORT = 5870;
const ORIGIN = `http://127.0.0.1:${PORT}/`;
const PIPE = '--remote-debugging-pipe';
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const POLL_MS = 100;
/**
 * Returns an expression that creates an account as the page does. The log-in stays in the page's storage.
 * @param {string} path
 * @param {object} account
 * @param {string} [after] what follows, with the log-in's `headers`
 */
const createAccount = (path, account, after = '') => `(async () => {
  const headers = { 'Content-Type': 'application/json' };
  const send = (path, body) => fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  const response = await send(${JSON.stringify(path)}, ${JSON.stringify(account)});
  if (!response.ok) return response.url + ' ' + response.status;
  const { user, access_token: accessToken, refresh_token: refreshToken } = await response.json();
  const login = { state: { user, accessToken, refreshToken, isAuthenticated: true }, version: 0 };
  localStorage.setItem('cachibot-auth', JSON.stringify(login));
  localStorage.setItem('cachibot-onboarding', '{"state":{"hasCompletedOnboarding":true},"version":0}');
  headers.Authorization = 'Bearer ' + accessToken;
  ${after}
  return 'done';
})()`;
const OUR_ACCOUNT = createAccount('/api/desktop/setup', { name: 'ada', terms_accepted: true, model: null });
/** The stock page asks for consent before the first chat. */
const CONSENT = `
  const { latest_terms_version } = await (await fetch('/api/telemetry/status', { headers })).json();
  const consent = { terms_accepted: true, terms_version: latest_terms_version, telemetry_enabled: false };
  if (!(await send('/api/telemetry/consent', consent)).ok) return 'no consent';`;
const STOCK_ACCOUNT = createAccount(
  '/api/auth/setup',
  {
    email: 'ada@example.org',
    username: 'ada',
    password: 'd74ff0ee8da3b9806b18c877dbf29bbde50b5bd8e4dad7a3a725000feb82e8f1',
  },
  CONSENT,
);

/**
 * The app: packed, or a clone on a server.
 * @param {Machine} machine
 * @param {App} app
 * @param {{ home?: string, env?: NodeJS.ProcessEnv }} [more]
 * @returns {Design}
 */
export function ourDesign({ folder, switches, screen }, { name, command, server }, { home: wanted, env: more } = {}) {
  const home = wanted ?? join(folder, name.replaceAll(/\W+/g, '-'));
  const [file = '', ...app] = command;
  const chosen = server ? { CACHIBOT_DESKTOP_SERVER: JSON.stringify(server) } : {};
  return {
    name,
    home,
    env: { ...withHome(home), ...screen, ...chosen, ...more },
    address: ORIGIN,
    inBackground: true,
    account: OUR_ACCOUNT,
    launch: async (start, args) => [start([file, ...switches, PIPE, ...app, '--data', home, ...args])],
  };
}

/** The usual design. @param {Machine} machine @returns {Design} */
export function usualDesign(machine) {
  const { home, env, electron } = stockDesign(machine, 'usual');
  return {
    name: 'usual design',
    home,
    env: { ...env, BENCH_SERVER: JSON.stringify(machine.stock) },
    address: ORIGIN,
    account: STOCK_ACCOUNT,
    launch: async start => [start([...electron, join(machine.root, 'test', 'designs', 'usual')])],
  };
}

/**
 * A stock server in a terminal, and a browser when it responds. Without a browser, a bare Electron window stands for it.
 * @param {Machine} machine
 * @returns {Design}
 */
export function browserDesign(machine) {
  const { home, env, electron } = stockDesign(machine, 'browser');
  const found = BROWSERS.find(name => spawnSync(name, ['--version']).status === 0);
  const sandbox = machine.switches.filter(name => name === '--no-sandbox');
  const browser =
    found === undefined
      ? [...electron, join(machine.root, 'test', 'designs', 'browser')]
      : [found, ...sandbox, PIPE, `--user-data-dir=${join(home, 'profile')}`, '--no-first-run', ORIGIN];
  return {
    name: `stock server and ${found === undefined ? 'a bare window' : 'a browser'}`,
    home,
    env: { ...env, BENCH_URL: ORIGIN },
    address: ORIGIN,
    account: STOCK_ACCOUNT,
    async launch(start) {
      const server = start([...machine.stock, '--host', '127.0.0.1', '--port', String(PORT)]);
      while (server.exitCode === null && !(await canConnect())) await pause(POLL_MS);
      return [start(browser), server];
    },
  };
}

/** The floor: Electron with a page from a file. @param {Machine} machine @returns {Design} */
export function floorDesign(machine) {
  const { home, env, electron } = stockDesign(machine, 'floor');
  return {
    name: 'static page',
    home,
    env,
    address: 'file:',
    launch: async start => [start([...electron, join(machine.root, 'test', 'designs', 'static')])],
  };
}

/**
 * Starts a design for the first time and creates an account, so that each measured start is that of a user who works
 * with it every day.
 * @param {Design} design
 * @param {string} frames
 */
export async function createAccountIn(design, frames) {
  const { run, page } = await StartRun.begin(design, { frames });
  try {
    if (design.account === undefined) return;
    const result = await page.evaluate(design.account);
    if (result !== 'done') throw new Error(`No account could be created in ${design.name}: ${result}`);
  } finally {
    await run.quit();
  }
}

/** @param {Machine} machine @param {string} name */
function stockDesign({ folder, electron, switches, screen }, name) {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  return {
    home,
    env: {
      ...withHome(home),
      ...screen,
      // The stock server forgets log-ins when it restarts. With this the user stays logged in, as in our app.
      CACHIBOT_JWT_SECRET: 'of the benchmark, which has no secrets',
    },
    electron: [electron, ...switches, PIPE, `--user-data-dir=${join(home, 'profile')}`],
  };
}

/** @returns {Promise<boolean>} */
function canConnect() {
  return new Promise(resolve => {
    const socket = connect(PORT, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
