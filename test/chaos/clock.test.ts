/** The clock jumps for the app only: a preloaded library replaces the system's functions. */

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AppRun } from '../drivers/app-run';
import { ORIGIN, rememberPage, restarted, samePage, usable } from '../drivers/effects';
import { until } from '../drivers/poll';
import { killAndWait } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

const YEAR_MS = 365 * 24 * 3_600_000;
const NEAR_MS = 3_600_000;
const SOURCE = join(__dirname, '..', 'drivers', 'clock.c');

const clockFile = (run: AppRun) => join(run.folder, 'clock');

/** Preloads the app's own clock, which is correct at first. */
function ownClock(run: AppRun): void {
  const library = join(run.folder, 'clock.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-o', library, SOURCE]);
  writeFileSync(clockFile(run), Buffer.alloc(8));
  Object.assign(run.env, { LD_PRELOAD: library, CHAOS_CLOCK: clockFile(run) });
}

/** Writes the file in place, because the app has mapped it into memory. */
function setAhead(run: AppRun, ms: number): void {
  const seconds = Buffer.alloc(8);
  seconds.writeBigInt64LE(BigInt(ms / 1000));
  const file = openSync(clockFile(run), 'r+');
  writeSync(file, seconds, 0, seconds.length, 0);
  closeSync(file);
}

/** Time of the last log line, by the app's clock. */
function lastLineMs(run: AppRun): number {
  return Date.parse(readFileSync(run.logFile, 'utf8').trim().split('\n').at(-1)?.split(' ')[0] ?? '');
}

async function lineWithNewTime(run: AppRun, ms: number): Promise<void> {
  const isNear = () => Math.abs(lastLineMs(run) - Date.now() - ms) < NEAR_MS;
  await until('a line with the new time', isNear, { actual: () => lastLineMs(run) });
}

function jumps(name: string, ms: number, where: string): Scenario {
  return {
    name: `clock-${name}`,
    server: 'scripted',
    phase: 'ready',
    fault: `the clock jumps ${where}; then the server is killed`,
    expected: 'no false alarm; a new server replaces it behind the same page',
    setUp: ownClock,
    async inject(run) {
      const { server } = await rememberPage(run);
      setAhead(run, ms);
      const aheadMs = () => run.onPage(ORIGIN, page => page.evaluate(() => Date.now())).then(now => now - Date.now());
      const isNear = async () => Math.abs((await aheadMs()) - ms) < NEAR_MS;
      await until('the page’s own clock', isNear, { actual: aheadMs });
      const seen = `${await usable(run)}; ${await samePage(run)}`;
      await killAndWait(server);
      await lineWithNewTime(run, ms);
      return `the clocks of page and shell have jumped; ${seen}`;
    },
    see: restarted,
  };
}

defineScenarios([
  jumps('forward', 2 * YEAR_MS, 'two years ahead'),
  jumps('back', -YEAR_MS, 'a year back'),
  {
    name: 'clock-splash',
    server: 'scripted',
    phase: 'splash',
    fault: 'the clock jumps two years ahead while the server starts',
    expected: 'no false alarm: the start continues',
    setUp: ownClock,
    async inject(run) {
      setAhead(run, 2 * YEAR_MS);
      const shell = await run.process('shell');
      run.unblock('bind');
      await lineWithNewTime(run, 2 * YEAR_MS);
      return `the clock of shell ${shell.pid} has jumped`;
    },
    see: usable,
  },
]);
