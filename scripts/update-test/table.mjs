// @ts-check
// The table for people: what was tried, what came of it, what it cost, and whether the data is whole.
import { tableOf } from '../testing/columns.mjs';

/** @typedef {{ name: string, expected: string, seen: string, bytes: number, ms: number, data: string, ok: boolean }} Result */

/** @type {[string, number, (result: Result) => string][]} */
const COLUMNS = [
  ['', 6, ({ ok }) => (ok ? 'ok' : 'FAILED')],
  ['case', 28, ({ name }) => name],
  ['expected', 36, ({ expected }) => expected],
  ['result', 44, ({ seen }) => seen],
  ['bytes', 12, ({ bytes }) => bytes.toLocaleString('en')],
  ['time', 8, ({ ms }) => `${(ms / 1000).toFixed(1)} s`],
  ['data', 12, ({ data }) => data],
];

/** @param {readonly Result[]} results */
export function table(results) {
  return tableOf(COLUMNS, results);
}
