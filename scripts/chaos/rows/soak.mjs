// @ts-check
// The server dies again and again, at random, in whatever phase it happens to be, for as long as it is told.
import { setTimeout as pause } from 'node:timers/promises';
import { clickTryAgain, usable } from '../effects.mjs';
import { until } from '../poll.mjs';
import { isAlive } from '../processes.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */

/** @param {'scripted' | 'real'} server @param {string} what @param {number} apartMs at most, between two deaths @returns {Row} */
function soak(server, what, apartMs) {
  return {
    name: `soak${server === 'real' ? '-real' : ''}`,
    server,
    phase: 'ready',
    soaks: true,
    fault: `${what} dies at random, again and again`,
    expected: 'whenever it is given up, Try again works; in the end the page is shown and answered; nothing is left',
    setUp: run => run.behave('healthy,daemon,grandchild'),
    async inject(run) {
      const ends = performance.now() + run.soakMs;
      /** @type {Record<string, number>} */
      const deaths = {};
      let retries = 0;
      while (performance.now() < ends) {
        await pause(Math.random() * apartMs);
        // That start gets its time, too.
        if (run.phase() === 'failed') {
          await clickTryAgain(run).then(
            () => retries++,
            () => {}, // the page is not there yet
          );
          continue;
        }
        const [victim] = run.processes('server');
        if (victim === undefined || !isAlive(victim)) continue;
        const phase = run.phase();
        process.kill(victim.pid, 'SIGKILL');
        deaths[phase] = (deaths[phase] ?? 0) + 1;
      }
      const counts = Object.entries(deaths).map(([phase, count]) => `${count} while ${phase}`);
      if (counts.length === 0) throw new Error('It never died.');
      return `it died ${counts.join(', ')}; Try again was clicked ${retries} times`;
    },
    async see(run) {
      await until(
        'a server that is ready',
        async () => {
          if (run.phase() === 'failed') await clickTryAgain(run).catch(() => {}); // the page is not there yet
          return run.phase() === 'ready';
        },
        { limitMs: 120_000, pauseMs: 500, instead: () => run.states().slice(-3) },
      );
      return usable(run);
    },
  };
}

/** @type {Row[]} */
export const rows = [
  soak('scripted', 'a server with a grandchild and a daemon', 4_000),
  soak('real', 'the real server', 15_000),
];
