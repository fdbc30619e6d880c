// @ts-check
// Homes that may not be written, for a user who is not root: root may write everywhere.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { failurePage, tryAgain, usable } from '../effects.mjs';
import { until } from '../poll.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */

/** Nobody has this number, nor any rights. */
const USER = 54_321;

/** Takes a folder from its owner; returns what a try to write there said. @param {string} folder */
function close(folder) {
  chmodSync(folder, 0o555);
  const as = [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'];
  const { status, stderr } = spawnSync('setpriv', [...as, 'touch', join(folder, 'try')], { encoding: 'utf8' });
  if (status === 0) throw new Error(`User ${USER} can still write to ${folder}.`);
  return stderr.trim();
}

/** @type {Row[]} */
export const rows = [
  {
    name: 'read-only-home',
    server: 'real',
    phase: 'before',
    user: USER,
    fault: 'a user may not write to the own home',
    expected: 'the app says so and starts no server; with the right to write it starts',
    async inject(run) {
      const evidence = close(run.home);
      run.start();
      return evidence;
    },
    async see(run) {
      await until('what the app says', () => /cannot write to its own folder/.test(run.said()), { instead: run.said });
      const box = run
        .said()
        .split('\n')
        .find(line => line.includes('cannot write'));
      if (run.processes('server').length > 0) throw new Error('It started a server all the same.');
      await run.quit();
      chmodSync(run.home, 0o755);
      run.start();
      return `“${box}”; then ${await usable(run)}`;
    },
  },
  {
    name: 'read-only-data',
    server: 'real',
    phase: 'before',
    fault: 'the data lies on a disk that may only be read',
    expected: 'a page says so; when it may be written Try again works',
    async inject(run) {
      const data = join(run.home, '.cachibot');
      execFileSync('mount', ['--bind', data, data]);
      execFileSync('mount', ['-o', 'remount,bind,ro', data]);
      const { status, stderr } = spawnSync('touch', [join(data, 'try')], { encoding: 'utf8' });
      if (status === 0) throw new Error(`${data} can be written.`);
      run.start();
      return stderr.trim();
    },
    async see(run) {
      const page = await failurePage(run, /cannot write to its data folder/);
      execFileSync('umount', ['--lazy', join(run.home, '.cachibot')]);
      return `${page}; ${await tryAgain(run)}`;
    },
  },
];
