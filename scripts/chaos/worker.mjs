// @ts-check
// Tries the rows it is told, one after another, in a network and mounts of its own: see lanes.mjs.

import { ROWS } from './rows.mjs';
import { closeRuns } from './run.mjs';
import { tryRow } from './trial.mjs';

/** @typedef {import('./trial.mjs').Place} Place */

process.on('message', async (/** @type {{ name: string, place: Place }} */ { name, place }) => {
  const row = ROWS.find(candidate => candidate.name === name);
  if (row === undefined) throw new Error(`There is no row ${name}.`);
  process.send?.(await tryRow(row, place));
});
// Whoever began us is gone, or has no more rows. Ctrl-C and the like are its to judge, not ours.
process.once('disconnect', async () => {
  await closeRuns();
  process.exit();
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => {});
