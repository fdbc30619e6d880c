// @ts-check
import { setTimeout as pause } from 'node:timers/promises';
import { wakeUps } from './processes.mjs';
import { StartRun } from './start-run.mjs';

/**
 * The app counts as idle 60 s after it was used for the last time, and Chromium does its last work after a start about two
 * minutes after it. The probe and the report that follow every ten minutes are not observed.
 */
const IDLE_MS = 135_000;
const OBSERVED_MS = 120_000;

/**
 * Observes designs that nobody uses, all at the same time, because the time until they are idle is long.
 * @param {Readonly<Record<string, import('./start-run.mjs').Design>>} designs
 * @param {string} frames
 * @returns {Promise<Record<string, number>>} wake-ups of each main process per second
 */
export async function wakeUpsAtRest(designs, frames) {
  /** @type {{ name: string, run: StartRun }[]} */
  const started = [];
  try {
    for (const [name, design] of Object.entries(designs))
      started.push({ name, run: (await StartRun.begin(design, { frames })).run });
    await pause(IDLE_MS);
    const counted = await Promise.all(started.map(async ({ name, run }) => [name, await observe(run)]));
    for (const { run } of started) await run.quit();
    return Object.fromEntries(counted);
  } finally {
    for (const { run } of started) run.kill();
  }
}

/** @param {StartRun} run @returns {Promise<number>} */
async function observe(run) {
  const main = run.processes().filter(({ role }) => role === 'main');
  const count = () => main.reduce((sum, one) => sum + wakeUps(one), 0);
  const [first, since] = [count(), performance.now()];
  await pause(OBSERVED_MS);
  return (count() - first) / ((performance.now() - since) / 1000);
}
