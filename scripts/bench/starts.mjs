// @ts-check
import { setTimeout as pause } from 'node:timers/promises';
import { median, resultOf } from './compare.mjs';
import { bringAbout } from './conditions.mjs';
import { screenChange } from './screen-watch.mjs';
import { timeServer } from './server-start.mjs';
import { OBSERVED_HIDDEN_MS, REST_MS, StartRun } from './start-run.mjs';
import { completePage, usablePage } from './usable-page.mjs';

/** @typedef {import('./start-run.mjs').Design} Design */
/** @typedef {import('./start-run.mjs').Timeline} Timeline */
/** @typedef {import('./compare.mjs').Result} Result */
/** @typedef {Record<string, number>} Figures */
/**
 * A row of the result: a whole start, or the server alone.
 * @typedef {{ key: string, name: string } & ({ design: Design } | { server: string[], env: NodeJS.ProcessEnv, options?: Parameters<typeof timeServer>[2] })} Row
 */
/** @typedef {{ key: string, result: Result, timeline: Timeline | undefined }} MeasuredRow */

const MB = 1e6;
/** Option of the app for a start without a window. */
const HIDDEN = '--hidden';

/** Titles of the figures of a whole start. */
export const START_COLUMNS = {
  shownMs: 'window shown, ms',
  drawnMs: 'window drawn, ms',
  usableMs: 'usable, ms',
  connectedMs: 'connected, ms',
  cpuS: 'processor until then, s',
  quitMs: 'quit, ms',
  memoryMb: 'memory, MB',
  serverMb: 'of which server, MB',
  readMb: 'read from disk, MB',
  trayMs: 'usable from the tray, ms',
};
/** Titles of the figures of a server alone. */
export const SERVER_COLUMNS = {
  firstPage: 'first page, ms',
  apiReady: 'API ready, ms',
  cpuS: 'processor until then, s',
  memoryMb: 'memory, MB',
};

/**
 * Measures the rows in a condition, alternately, so that a drift of the machine affects all of them.
 * @param {readonly Row[]} rows
 * @param {object} options
 * @param {import('./conditions.mjs').Condition} options.condition
 * @param {number} options.rounds
 * @param {boolean} options.warmUp begins with a round that does not count
 * @param {string} options.frames
 * @param {string} options.python
 * @param {readonly string[]} options.files
 * @param {(line: string) => void} options.say
 * @returns {Promise<MeasuredRow[]>}
 */
export async function measureStarts(rows, { condition, rounds, warmUp, frames, python, files, say }) {
  const measured = rows.map(() => /** @type {{ figures: Figures, timeline?: Timeline }[]} */ ([]));
  const { wrap, beforeStart, end } = bringAbout(condition, { python, files });
  try {
    for (let round = warmUp ? 0 : 1; round <= rounds; round++) {
      say(round === 0 ? '  warming up' : `  round ${round} of ${rounds}`);
      for (const [at, row] of rows.entries()) {
        beforeStart();
        const one = 'design' in row ? await measureStart(row.design, { frames, wrap }) : await measureServer(row, wrap);
        if (round > 0) measured[at]?.push(one);
      }
    }
  } finally {
    end();
  }
  return rows.map(({ key, name }, at) => {
    const all = measured[at] ?? [];
    const result = resultOf(
      name,
      all.map(({ figures }) => figures),
      [],
    );
    return { key, result, timeline: typicalTimeline(all.flatMap(({ timeline }) => timeline ?? [])) };
  });
}

/**
 * Measures one start of a design, from the click until nothing of it is left.
 * @param {Design} design
 * @param {{ frames: string, wrap?: string[] }} options
 * @returns {Promise<{ figures: Figures, timeline: Timeline }>}
 */
export async function measureStart(design, options) {
  const { run, timeline, cpuOf, read } = await StartRun.begin(design, options);
  try {
    const { all, server } = await run.memory();
    const { serverWrites } = await run.rest();
    const quitMs = await run.quit();
    const figures = {
      shownMs: timeline.shown,
      ...(timeline.drawn === undefined ? {} : { drawnMs: timeline.drawn }),
      usableMs: timeline.usable,
      connectedMs: timeline.connected,
      cpuS: Object.values(cpuOf).reduce((sum, seconds) => sum + seconds, 0),
      quitMs,
      memoryMb: all / MB,
      ...(server > 0 ? { serverMb: server / MB, serverWrites } : {}),
      readMb: read / MB,
      ...(design.inBackground ? await measureBackground(design, options) : {}),
    };
    return { figures, timeline };
  } catch (error) {
    run.kill();
    throw error;
  }
}

/**
 * Starts a design without a window, then shows its window by a second launch.
 * @param {Design} design
 * @param {{ frames: string, wrap?: string[] }} options
 * @returns {Promise<Figures>} time from the second launch until the page can be used, and what the hidden page used
 */
async function measureBackground(design, { frames, wrap }) {
  const run = new StartRun(design, wrap);
  const end = new AbortController();
  try {
    const { pipe } = await run.launch([HIDDEN]);
    await completePage(pipe, design.address);
    await pause(REST_MS);
    const { pageCpu } = await run.rest(OBSERVED_HIDDEN_MS);
    const clickedAt = performance.now();
    const shown = screenChange(frames, end.signal);
    const { exited } = await new StartRun(design, wrap).launch();
    // A page in a window that was never shown counts as visible, and takes keys.
    const [shownAt, { usableAt }] = await Promise.all([shown, usablePage(pipe, design.address)]);
    await exited;
    await run.quit();
    return { trayMs: Math.max(shownAt, usableAt) - clickedAt, hiddenPageCpu: pageCpu };
  } catch (error) {
    run.kill();
    throw error;
  } finally {
    end.abort();
  }
}

/**
 * @param {{ server: string[], env: NodeJS.ProcessEnv, options?: Parameters<typeof timeServer>[2] }} row
 * @param {string[]} wrap
 */
async function measureServer({ server, env, options }, wrap) {
  return { figures: { ...(await timeServer([...wrap, ...server], env, options)) } };
}

/** Returns the start whose time until usable is closest to the median. @param {readonly Timeline[]} timelines */
function typicalTimeline(timelines) {
  const middle = median(timelines.map(({ usable }) => usable));
  return timelines.toSorted((one, other) => Math.abs(one.usable - middle) - Math.abs(other.usable - middle))[0];
}

/**
 * Sets the ratios of the rows to the one with this key.
 * @param {readonly MeasuredRow[]} rows
 * @param {string} key
 * @returns {Result[]} that row first
 */
export function comparedWith(rows, key) {
  const base = rows.find(row => row.key === key)?.result;
  const first = rows.filter(row => row.key === key).concat(rows.filter(row => row.key !== key));
  return first.map(({ result }) => ({
    ...result,
    ratio: Object.fromEntries(
      Object.entries(result.median).map(([what, value]) => [what, value / (base?.median[what] ?? Number.NaN)]),
    ),
  }));
}
