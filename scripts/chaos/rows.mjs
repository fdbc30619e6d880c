// @ts-check
// Every row. A subject is a file in rows/.
import { rows as kill } from './rows/kill.mjs';

/** @type {readonly import('./trial.mjs').Row[]} */
export const ROWS = [...kill];

const names = ROWS.map(({ name }) => name);
const twice = names.find((name, index) => names.indexOf(name) !== index);
if (twice !== undefined) throw new Error(`Two rows are named ${twice}.`);
