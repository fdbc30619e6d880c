// @ts-check
// One row from its beginning to the proof that nothing is left of it.
import { setTimeout as pause } from 'node:timers/promises';
import { dataOf, seedData } from './data.mjs';
import { type } from './effects.mjs';
import { leftovers } from './leftovers.mjs';
import { until } from './poll.mjs';
import { beginRun, UI } from './run.mjs';

/** @typedef {import('./run.mjs').Run} Run */

/**
 * One fault in one phase. `inject` and `see` say in a few words what was observed, and throw when it was not.
 * @typedef {object} Row
 * @property {string} name
 * @property {'scripted' | 'real'} server
 * @property {import('./run.mjs').Phase} phase the app is brought there first
 * @property {string} fault
 * @property {string} expected
 * @property {(run: Run) => unknown} [setUp] before anything runs
 * @property {number} [user] whom the app runs as, if not root
 * @property {boolean} [typed] a person types something on the way there
 * @property {(run: Run) => Promise<string>} inject makes the fault happen and returns the evidence that it did
 * @property {(run: Run) => Promise<string>} see the effect
 * @property {number} [limitMs] for the whole of it
 * @property {boolean} [soaks] takes as long as it is told, on top of that
 */

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {string} server
 * @property {string} phase
 * @property {string} fault
 * @property {string} expected
 * @property {string} evidence that the fault happened
 * @property {string} seen
 * @property {string[]} leftovers
 * @property {boolean} ok
 * @property {number} ms
 */

const LIMIT_MS = 180_000;

/**
 * What is the same for all rows.
 * @typedef {object} Place
 * @property {import('./apps.mjs').Apps} apps
 * @property {NodeJS.ProcessEnv} env with a screen
 * @property {string[]} switches that the app needs on this machine
 * @property {string} python with the server's packages
 * @property {number} soakMs
 */

/**
 * @param {Row} row
 * @param {Place} place
 * @returns {Promise<Result>}
 */
export async function tryRow(row, place) {
  const { name, server, phase, fault, expected } = row;
  const { apps, python } = place;
  const limitMs = longestMs(row, place);
  const began = performance.now();
  const run = beginRun({ ...place, server, app: apps[server], user: row.user });
  let evidence = 'not injected';
  let seen = 'nothing';
  /** @type {string[]} */
  let left = [];
  let ok = false;
  try {
    await within(limitMs, async () => {
      if (server === 'real') seedData(run, python);
      await row.setUp?.(run);
      await run.reach(phase, row.typed ? () => type(run) : undefined);
      expectPhase(run, phase);
      run.goOn();
      evidence = await row.inject(run);
      seen = await row.see(run);
      const ending = await leave(run);
      left = await leftovers(run);
      if (left.length > 0) throw new Error(`Left over: ${left.join(', ')}`);
      seen = [seen, ...ending, ...(server === 'real' ? [dataOf(run.home, python)] : [])].join('; ');
    });
    ok = true;
  } catch (error) {
    seen = `${seen === 'nothing' ? '' : `${seen}; `}${/** @type {Error} */ (error).message}`;
    if (left.length === 0) seen += ` [states: ${run.states().slice(-3).map(describe).join(' → ')}]`;
    if (run.states().length === 0) seen += ` [the app said: ${run.said().slice(-1_000)}]`;
  } finally {
    await run.close();
  }
  const ms = Math.round(performance.now() - began);
  return { name, server, phase, fault, expected, evidence, seen, leftovers: left, ok, ms };
}

/** How long a row may take. @param {Row} row @param {Pick<Place, 'soakMs'>} place */
export function longestMs({ limitMs = LIMIT_MS, soaks = false }, { soakMs }) {
  return limitMs + (soaks ? soakMs : 0);
}

/** @param {Run} run @param {import('./run.mjs').Phase} phase */
function expectPhase(run, phase) {
  const now = run.phase();
  if (phase !== 'before' && now !== phase) throw new Error(`The fault was to come while ${phase}; the app is ${now}.`);
}

/**
 * The ordinary way out, from wherever the row has led. After a sudden end of the shell the next start must be as good
 * as any, and clears what that end could not.
 * @param {Run} run
 * @returns {Promise<string[]>}
 */
async function leave(run) {
  for (const step of /** @type {const} */ (['bind', 'ready', 'leave'])) run.allow(step);
  const notes = [];
  if (run.processes('shell').length === 0 && (await run.end()).signal !== null) {
    run.behave('healthy');
    run.start();
    await run.untilShown(UI);
    await until('ready again', () => run.phase() === 'ready', { instead: () => run.states().slice(-2) });
    notes.push('the next start is ready');
  }
  const end = await run.quit();
  if (end !== undefined && end.code !== 0) throw new Error(`Quitting ended with ${end.signal ?? `code ${end.code}`}`);
  return notes;
}

/** @param {{ phase: string }} state */
function describe(state) {
  return JSON.stringify(state).slice(0, 300);
}

/**
 * @param {number} limitMs
 * @param {() => Promise<void>} work
 */
async function within(limitMs, work) {
  const late = new AbortController();
  try {
    const limit = pause(limitMs, undefined, { signal: late.signal }).then(() => {
      throw new Error(`It was not over after ${limitMs / 1000} s`);
    });
    limit.catch(() => {}); // the abort below
    await Promise.race([work(), limit]);
  } finally {
    late.abort();
  }
}
