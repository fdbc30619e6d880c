// @ts-check
// The tables that `npm run attack`, `npm run chaos` and `npm run update-test` print.
import { tableOf } from './text-table.mjs';

/** @typedef {Record<string, any>} Row */
/** @typedef {readonly [title: string, width: number, cell: (row: Row) => string]} Column */

/** @param {Row} row */
const seconds = ({ ms }) => `${(Number(ms) / 1000).toFixed(1)} s`;

/** @type {Column} */
const VERDICT = ['', 6, ({ ok }) => (ok ? 'ok' : 'FAILED')];

/** @type {Readonly<Record<string, readonly Column[]>>} */
const COLUMNS = {
  attack: [
    VERDICT,
    ['attack', 46, ({ name }) => name],
    ['tried', 7, ({ tried }) => String(tried)],
    ['refused', 9, ({ refused }) => String(refused)],
    ['got through', 13, ({ through }) => String(through)],
    ['without the guards', 20, ({ unguarded }) => String(unguarded)],
  ],
  chaos: [
    VERDICT,
    ['row', 26, row => `${row.name} (${seconds(row)})`],
    ['phase', 10, ({ phase }) => phase],
    ['server', 8, ({ server }) => server],
    ['fault, and the proof that it happened', 44, ({ fault, evidence }) => `${fault}: ${evidence}`],
    ['expected', 38, ({ expected }) => expected],
    ['seen', 44, ({ seen }) => seen],
  ],
  updates: [
    VERDICT,
    ['case', 28, ({ name }) => name],
    ['expected', 36, ({ expected }) => expected],
    ['result', 44, ({ seen }) => seen],
    ['bytes', 12, ({ bytes }) => Number(bytes).toLocaleString('en')],
    ['time', 8, seconds],
    ['data', 12, ({ data }) => data],
  ],
};

/**
 * Returns the table of a suite, as text.
 * @param {string} suite
 * @param {readonly Row[]} rows
 * @returns {string | undefined} undefined for a suite that has no table
 */
export function tableFor(suite, rows) {
  const columns = COLUMNS[suite];
  const complete = rows.filter(({ expected, tried }) => expected !== undefined || tried !== undefined);
  return columns === undefined || complete.length === 0 ? undefined : tableOf(columns, complete);
}
