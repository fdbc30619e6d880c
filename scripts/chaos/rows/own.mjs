// @ts-check
// The person's own `cachibot server`, on the data or on the port. It is theirs: only they may have it ended.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnd, clickOnFailure, expectAlive, failurePage, portOf, tryAgain, usable } from '../effects.mjs';
import { PORT } from '../leftovers.mjs';
import { until } from '../poll.mjs';
import { endBySignal, isAlive, look } from '../processes.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */
/** @typedef {import('../processes.mjs').Process} Process */

const OTHER_PORT = 5871;
/** While it waits for the network it does not listen. */
const LEAVE_MS = 40_000;
const PAGE = /CachiBot is already running elsewhere[\s\S]*PID \d+/;

/** @type {WeakMap<Run, Process>} */
const servers = new WeakMap();

/** @param {Run} run @param {{ port: number, home?: string }} where @returns {Promise<string>} */
async function startOwn(run, { port, home = run.home }) {
  const { CACHIBOT_TELEMETRY_DISABLED, PATH, TMPDIR } = run.env;
  const args = ['-m', 'cachibot.cli', 'server', '--host', '127.0.0.1', '--port', String(port)];
  const child = spawn(run.python, args, {
    cwd: run.folder,
    env: { CACHIBOT_TELEMETRY_DISABLED, PATH, TMPDIR, HOME: home },
    stdio: 'ignore',
  });
  run.after(() => child.kill('SIGKILL'));
  await until('an answer of the own server', () => answers(port), { limitMs: 150_000, pauseMs: 200 });
  const found = child.pid === undefined ? undefined : look(child.pid);
  if (found === undefined) throw new Error('The own server has ended.');
  servers.set(run, found);
  return `\`cachibot server\` ${found.pid} answers on port ${port}`;
}

/** @param {number} port */
const answers = port =>
  fetch(`http://127.0.0.1:${port}/api/health`).then(
    ({ ok }) => ok,
    () => false,
  );

/** @param {Run} run */
function own(run) {
  const known = servers.get(run);
  if (known === undefined) throw new Error('There is no own server.');
  return known;
}

/** What it had no time to take along. @param {Run} run */
const removePidFile = run => rmSync(join(run.home, '.cachibot', 'server.pid'));

/** @param {Run} run */
async function namesIt(run) {
  const { pid } = own(run);
  const page = await failurePage(run, PAGE);
  await run.untilShown(new RegExp(`PID ${pid}\\b`));
  return `${page}, with its number`;
}

/** @param {string} name @param {string} fault @param {string} expected @param {number} port @param {Row['see']} see @returns {Row} */
function onTheData(name, fault, expected, port, see) {
  return {
    name,
    server: 'real',
    phase: 'before',
    limitMs: 240_000,
    fault,
    expected,
    async inject(run) {
      const evidence = await startOwn(run, { port });
      run.start();
      return evidence;
    },
    see,
  };
}

/** @type {Row[]} */
export const rows = [
  onTheData(
    'own-server',
    'the person’s own `cachibot server` has the port and the data',
    'a page names it; it is left alone; once it has ended Try again works',
    PORT,
    async run => {
      const page = `${await namesIt(run)}; ${expectAlive(own(run))}`;
      if (!(await answers(PORT))) throw new Error('It does not answer any more.');
      await endBySignal(own(run));
      removePidFile(run);
      return `${page}; ${await tryAgain(run)}`;
    },
  ),
  onTheData(
    'own-server-stopped',
    'the person’s own `cachibot server` has the data, and the person chooses to stop it and go on',
    'it is asked to end, and does; the app goes on',
    OTHER_PORT,
    async run => {
      const page = await namesIt(run);
      await clickOnFailure(run, 'stop');
      await until('the end of the own server', () => !isAlive(own(run)), { limitMs: LEAVE_MS });
      return `${page}; it has ended; ${await usable(run)}`;
    },
  ),
  onTheData(
    'own-server-quit',
    'the person’s own `cachibot server` has the data, and the person chooses to quit',
    'the app quits with 0; it is left alone',
    OTHER_PORT,
    async run => {
      const page = await namesIt(run);
      await clickOnFailure(run, 'quit');
      const seen = `${page}; ${await cleanEnd(run)}; ${expectAlive(own(run))}`;
      await endBySignal(own(run));
      removePidFile(run);
      return seen;
    },
  ),
  {
    name: 'own-server-on-port',
    server: 'real',
    phase: 'before',
    fault: 'a `cachibot server` on other data has the port',
    expected: 'both go on, side by side',
    async inject(run) {
      const home = join(run.folder, 'other-home');
      mkdirSync(home);
      const evidence = await startOwn(run, { port: PORT, home });
      run.start();
      return evidence;
    },
    async see(run) {
      const seen = await usable(run);
      const port = await portOf(run);
      if (port === PORT) throw new Error('Ours has the port.');
      if (!(await answers(PORT))) throw new Error('The other does not answer any more.');
      const alive = expectAlive(own(run));
      await endBySignal(own(run));
      return `${seen}, on port ${port}; ${alive} and answers`;
    },
  },
];
