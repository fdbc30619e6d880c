// @ts-check
// The clock jumps, for the app alone: a library in front of the system's answers for it. The machine's is not touched.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ORIGIN, rememberPage, restarted, samePage, usable } from '../effects.mjs';
import { until } from '../poll.mjs';
import { endBySignal } from '../processes.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */

const YEAR_MS = 365 * 24 * 3_600_000;
const NEAR_MS = 3_600_000;
const SOURCE = fileURLToPath(new URL('../clock.c', import.meta.url));

/** @param {Run} run */
const clockFile = run => join(run.folder, 'clock');

/** From its start on the app has a clock of its own, which is right so far. @param {Run} run */
function ownClock(run) {
  const library = join(run.folder, 'clock.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-o', library, SOURCE]);
  writeFileSync(clockFile(run), Buffer.alloc(8));
  Object.assign(run.env, { LD_PRELOAD: library, CHAOS_CLOCK: clockFile(run) });
}

/** In place: the app has the file in its memory. @param {Run} run @param {number} ms */
function setAhead(run, ms) {
  const seconds = Buffer.alloc(8);
  seconds.writeBigInt64LE(BigInt(ms / 1000));
  const file = openSync(clockFile(run), 'r+');
  writeSync(file, seconds, 0, seconds.length, 0);
  closeSync(file);
}

/** When the shell wrote its last line. @param {Run} run */
function lastLineMs(run) {
  return Date.parse(readFileSync(run.logFile, 'utf8').trim().split('\n').at(-1)?.split(' ')[0] ?? '');
}

/** @param {string} name @param {number} ms @param {string} what @returns {Row} */
function jumps(name, ms, what) {
  return {
    name: `clock-${name}`,
    server: 'scripted',
    phase: 'ready',
    fault: `the clock jumps ${what}; then the server dies`,
    expected: 'no false alarm; another server takes its place behind the same page',
    setUp: ownClock,
    async inject(run) {
      const { server } = await rememberPage(run);
      setAhead(run, ms);
      const aheadMs = () => run.onPage(ORIGIN, page => page.evaluate(() => Date.now())).then(now => now - Date.now());
      await until('the page’s own clock', async () => Math.abs((await aheadMs()) - ms) < NEAR_MS, { instead: aheadMs });
      const seen = `${await usable(run)}; ${await samePage(run)}`;
      await endBySignal(server);
      await until('a line with the new time', () => Math.abs(lastLineMs(run) - Date.now() - ms) < NEAR_MS, {
        instead: () => lastLineMs(run),
      });
      return `page and shell say that it is another year; ${seen}`;
    },
    see: restarted,
  };
}

/** @type {Row[]} */
export const rows = [
  jumps('forward', 2 * YEAR_MS, 'two years ahead'),
  jumps('back', -YEAR_MS, 'a year back'),
  {
    name: 'clock-splash',
    server: 'scripted',
    phase: 'splash',
    fault: 'the clock jumps two years ahead while the server starts',
    expected: 'no false alarm: the start goes on',
    setUp: ownClock,
    async inject(run) {
      setAhead(run, 2 * YEAR_MS);
      const shell = await run.process('shell');
      run.allow('bind');
      await until('a line with the new time', () => lastLineMs(run) > Date.now() + YEAR_MS, {
        instead: () => lastLineMs(run),
      });
      return `shell ${shell.pid} says that it is another year`;
    },
    see: usable,
  },
];
