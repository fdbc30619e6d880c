// @ts-check
// What the end of a session sends: signals to the shell, to everything at once, and in the end SIGKILL.
import { allGone, cleanEnd } from '../effects.mjs';
import { until } from '../poll.mjs';
import { isAlive } from '../processes.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Phase} Phase */
/** @typedef {'SIGTERM' | 'SIGHUP'} Sign */

/** @param {Sign} sign @param {Phase} phase @param {'scripted' | 'real'} [server] @returns {Row} */
function leaving(sign, phase, server = 'scripted') {
  return {
    name: `logout-${sign.toLowerCase()}-${phase}${server === 'real' ? '-real' : ''}`,
    server,
    phase,
    fault: `the session ends: ${sign} to the shell`,
    expected: 'the server is asked to stop; the app quits with 0',
    async inject(run) {
      const shell = await run.process('shell');
      process.kill(shell.pid, sign);
      // One that was stopping before has to be told apart by its end.
      if (phase !== 'stopping') await run.untilState(phase === 'restarting' ? 'stopping' : 'stopping');
      run.allow('leave');
      return `shell ${shell.pid} was ${phase} and was sent ${sign}`;
    },
    async see(run) {
      run.allow('bind');
      const end = await cleanEnd(run);
      return run.server === 'real' ? end : `${end}; ${asked(run)}`;
    },
  };
}

/** @param {import('../run.mjs').Run} run */
function asked(run) {
  const pids = run.diary().filter(({ event }) => event === 'asked-to-stop').length;
  if (pids === 0) throw new Error('No server was asked to stop.');
  return 'the server was asked to stop';
}

/** @param {Sign | 'SIGKILL'} sign @param {'scripted' | 'real'} server @returns {Row} */
function everythingAtOnce(sign, server) {
  return {
    name: `logout-all-${sign.toLowerCase()}${server === 'real' ? '-real' : ''}`,
    server,
    phase: 'ready',
    fault: `the session ends: ${sign} to every process of the app at once`,
    expected: 'everything ends; the next start is as good as any',
    async inject(run) {
      const all = run.processes();
      for (const { pid } of all) process.kill(pid, sign);
      const main = all.filter(({ role }) => role === 'shell' || role === 'server');
      await until('the end of shell and server', () => main.every(known => !isAlive(known)));
      return `${all.length} processes were sent ${sign}; shell and server are gone`;
    },
    see: allGone,
  };
}

/** @type {Row[]} */
export const rows = [
  ...['splash', 'painted', 'ready', 'stopping', 'restarting'].flatMap(phase => [
    leaving('SIGTERM', /** @type {Phase} */ (phase)),
    leaving('SIGHUP', /** @type {Phase} */ (phase)),
  ]),
  leaving('SIGTERM', 'ready', 'real'),
  leaving('SIGHUP', 'splash', 'real'),
  everythingAtOnce('SIGTERM', 'scripted'),
  everythingAtOnce('SIGTERM', 'real'),
  everythingAtOnce('SIGKILL', 'scripted'),
  everythingAtOnce('SIGKILL', 'real'),
];
