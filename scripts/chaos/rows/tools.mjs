// @ts-check
// A machine without `ps`, or with one that is of no use, while a server has to be ended by force.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { delimiter, join } from 'node:path';
import { cleanEnd, expectAlive } from '../effects.mjs';
import { until } from '../poll.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */

const GRANDCHILD_PORT = 5999;

/** @param {string} name @param {string} what @param {(folder: string) => void} lay what PATH leads to first @param {boolean} [alone] and to nothing else @returns {Row} */
function badPs(name, what, lay, alone = false) {
  return {
    name,
    server: 'scripted',
    phase: 'ready',
    fault: `${what}, and a server with a grandchild has to be ended by force`,
    expected: 'it is, with its grandchild; the app quits with 0',
    setUp(run) {
      run.behave('stubborn,grandchild');
      run.env['SCRIPTED_GRANDCHILD_PORT'] = String(GRANDCHILD_PORT);
      const folder = join(run.folder, 'bin');
      mkdirSync(folder);
      lay(folder);
      run.env['PATH'] = alone ? folder : [folder, run.env['PATH']].join(delimiter);
    },
    async inject(run) {
      await until('the grandchild', () => answers(GRANDCHILD_PORT));
      const server = await run.process('server');
      process.kill((await run.process('shell')).pid, 'SIGTERM');
      await run.untilState('stopping');
      process.kill(server.pid, 'SIGTERM');
      await new Promise(resolve => setTimeout(resolve, 500));
      return `${what}; ${expectAlive(server)} after it was asked, and its grandchild answers`;
    },
    async see(run) {
      const end = await cleanEnd(run);
      await until('the end of the grandchild', async () => !(await answers(GRANDCHILD_PORT)));
      return `${end}; server and grandchild are gone`;
    },
  };
}

/** @param {string} program */
const ps = program => (/** @type {string} */ folder) => {
  writeFileSync(join(folder, 'ps'), program);
  chmodSync(join(folder, 'ps'), 0o755);
};

/** @param {number} port @returns {Promise<boolean>} */
function answers(port) {
  return new Promise(resolve => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** @type {Row[]} */
export const rows = [
  badPs('no-ps', 'there is no `ps`', folder => symlinkSync(process.execPath, join(folder, 'node')), true),
  badPs('ps-cannot-run', '`ps` cannot be run', ps('#!/nowhere/at/all\n')),
  badPs('ps-fails', '`ps` fails', ps('#!/bin/sh\nexit 1\n')),
  badPs('ps-hangs', '`ps` never ends', ps('#!/bin/sh\nexec sleep 60\n')),
];
