// @ts-check
// The table for people: fault, expected effect, what was seen, each in a column of its own.

import { tableOf } from '../testing/columns.mjs';

/** @typedef {import('./trial.mjs').Result} Result */

/** Title, width and content. @type {[string, number, (result: Result) => string][]} */
const COLUMNS = [
  ['', 6, ({ ok }) => (ok ? 'ok' : 'FAILED')],
  ['row', 26, ({ name, ms }) => `${name} (${(ms / 1000).toFixed(1)} s)`],
  ['phase', 10, ({ phase }) => phase],
  ['server', 8, ({ server }) => server],
  ['fault, and the proof that it happened', 44, ({ fault, evidence }) => `${fault}: ${evidence}`],
  ['expected', 38, ({ expected }) => expected],
  ['seen', 44, ({ seen }) => seen],
];

/** @param {readonly Result[]} results */
export function table(results) {
  return tableOf(COLUMNS, results);
}
