// @ts-check
import { median } from './compare.mjs';
import { timeServer } from './server-start.mjs';
import { StartRun } from './start-run.mjs';

/** @typedef {import('./start-run.mjs').Design} Design */
/** @typedef {import('./processes.mjs').Role} Role */
/**
 * A ratio of two figures, which another load of the machine changes little: of processor time or memory its median, of
 * times that of the shortest ones, because another program can only make them longer.
 * @typedef {object} Budget
 * @property {string} phase the part of a start that grew if the ratio is above the limit
 * @property {string} ratio in words
 * @property {number} most
 * @property {(round: Round) => readonly [number, number]} of
 * @property {'median' | 'shortest'} by
 */
/**
 * One start of each, in turns.
 * @typedef {object} Round
 * @property {Start} ours
 * @property {Start} floor
 * @property {import('./server-start.mjs').ServerTimes} server ours, alone
 * @property {import('./server-start.mjs').ServerTimes} stock
 */
/** @typedef {{ shownMs: number, usableMs: number, connectedMs: number, cpuOf: Partial<Record<Role, number>> }} Start */
/** @typedef {{ phase: string, ratio: string, most: number, value: number, all: number[], holds: boolean }} Verdict */

const ROUNDS = 3;

/** @param {Start} start @param {Role[]} roles */
const cpuOf = ({ cpuOf: cpu }, ...roles) => roles.reduce((sum, role) => sum + (cpu[role] ?? 0), 0);
const allCpu = (/** @type {Start} */ start) => cpuOf(start, 'main', 'gpu', 'page', 'other', 'server');

/** @type {readonly Budget[]} */
export const BUDGETS = [
  {
    phase: 'the import of the server',
    ratio: 'processor time until the API is ready, to the stock server',
    most: 0.55,
    of: ({ server, stock }) => [server.cpuS, stock.cpuS],
    by: 'median',
  },
  {
    phase: 'the memory of the server',
    ratio: 'memory when the API is ready, to the stock server',
    most: 0.7,
    of: ({ server, stock }) => [server.memoryMb, stock.memoryMb],
    by: 'median',
  },
  {
    phase: 'the shell until the window',
    ratio: 'time until a window is shown, to a static page',
    // The aim is 1.2. It was 3.2 to 3.5 when the window was shown after the splash was drawn.
    most: 3,
    of: ({ ours, floor }) => [ours.shownMs, floor.shownMs],
    by: 'shortest',
  },
  {
    phase: 'the shell and its drawing',
    ratio: 'processor time of the main process, drawing and services until usable, to a static page',
    most: 5,
    of: ({ ours, floor }) => [cpuOf(ours, 'main', 'gpu', 'other'), allCpu(floor)],
    by: 'median',
  },
  {
    phase: 'the page',
    ratio: 'processor time of the pages until usable, to all of a static page',
    most: 2,
    of: ({ ours, floor }) => [cpuOf(ours, 'page'), allCpu(floor)],
    by: 'median',
  },
  {
    phase: 'the page before the server is ready',
    ratio: 'time until usable, to our server alone',
    // It was 1.5 when the page waited for the server.
    most: 1.3,
    of: ({ ours, server }) => [ours.usableMs, server.apiReady],
    by: 'shortest',
  },
  {
    phase: 'the wait between server and page',
    ratio: 'time until connected, to our server alone',
    // Shell and server share the processors: 1.5 on two idle ones. It was 2.6 when the splash covered the page whole.
    most: 2.4,
    of: ({ ours, server }) => [ours.connectedMs, server.apiReady],
    by: 'shortest',
  },
];

/**
 * Starts the app, a static page, our server and the stock server in turns, and compares their ratios with the budgets. A
 * ratio above its budget is measured again before it counts.
 * @param {{ ours: Design, floor: Design, server: ServerStart, stock: ServerStart, frames: string, say: (line: string) => void }} options
 * @typedef {{ server: string[], env: NodeJS.ProcessEnv }} ServerStart
 * @returns {Promise<Verdict[]>}
 */
export async function checkBudgets({ ours, floor, server, stock, frames, say }) {
  const measure = async () => {
    /** @type {Round[]} */
    const rounds = [];
    for (let round = 1; round <= ROUNDS; round++) {
      say(`  round ${round} of ${ROUNDS}`);
      rounds.push({
        floor: await measureBriefly(floor, frames),
        ours: await measureBriefly(ours, frames),
        stock: await timeServer(stock.server, stock.env),
        server: await timeServer(server.server, server.env),
      });
    }
    return verdictsOf(rounds);
  };
  const first = await measure();
  if (first.every(({ holds }) => holds)) return first;
  say(`Again:\n${first.map(verdictLine).join('\n')}`);
  const second = await measure();
  return first.map((verdict, at) => (verdict.holds ? verdict : (second[at] ?? verdict)));
}

/**
 * @param {readonly Round[]} rounds
 * @param {readonly Budget[]} [budgets]
 * @returns {Verdict[]}
 */
export function verdictsOf(rounds, budgets = BUDGETS) {
  return budgets.map(({ phase, ratio, most, of, by }) => {
    const pairs = rounds.map(of);
    const all = pairs.map(([ours, other]) => ours / other);
    const least = (/** @type {0 | 1} */ at) => Math.min(...pairs.map(pair => pair[at]));
    const value = by === 'median' ? median(all) : least(0) / least(1);
    return { phase, ratio, most, value, all, holds: value <= most };
  });
}

/** @param {Verdict} verdict */
export function verdictLine({ phase, ratio, most, value, all, holds }) {
  const numbers = `${value.toFixed(2)} of at most ${most} (${all.map(one => one.toFixed(2)).join(', ')})`;
  return holds ? `  ok     ${phase}: ${numbers}` : `  GREW   ${phase}: ${ratio}: ${numbers}`;
}

/** @param {Design} design @param {string} frames @returns {Promise<Start>} */
async function measureBriefly(design, frames) {
  const { run, timeline, cpuOf } = await StartRun.begin(design, { frames });
  await run.quit();
  return { shownMs: timeline.shown, usableMs: timeline.usable, connectedMs: timeline.connected, cpuOf };
}
