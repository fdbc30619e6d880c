// @ts-check
// Rows side by side. Each lane has a network of its own, so that port 5870 is its own, and mounts of its own, so that
// the small and full disks of a row are nobody else's.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onPath } from '../setup/system.mjs';
import { Trouble } from '../setup/trouble.mjs';
import { longestMs } from './trial.mjs';

/** @typedef {import('./trial.mjs').Row} Row */
/** @typedef {import('./trial.mjs').Place} Place */
/** @typedef {import('./trial.mjs').Result} Result */

/** Most of a row is waiting. */
const LANES = 3;
/** More than so many that fail are no accident. */
const TRIED_AGAIN = 15;
const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

/**
 * Tries all rows, those that take longest first, and returns the results in the order of the rows. A row that failed
 * beside others may have wanted for time: it is tried once more, alone, and that counts.
 * @param {readonly Row[]} rows
 * @param {Place} place
 * @param {(result: Result) => void} tell as soon as there is one
 * @param {number} [lanes]
 * @returns {Promise<Result[]>}
 */
export async function tryRows(rows, place, tell, lanes = LANES) {
  const lacking = ['unshare', 'ip', 'mount'].find(tool => !onPath(tool));
  if (lacking !== undefined)
    throw new Trouble(`There is no ${lacking} on PATH.`, 'It comes with util-linux or iproute2.');
  const waiting = [...rows].sort((one, other) => longestMs(other, place) - longestMs(one, place));
  /** @type {Map<string, Result>} */
  const results = new Map();
  await Promise.all(
    Array.from({ length: Math.min(lanes, rows.length) }, async () => {
      const lane = openLane();
      for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
        const result = await lane.tryRow(row, place);
        results.set(row.name, result);
        tell(result);
      }
      await lane.close();
    }),
  );
  const failed = rows.filter(({ name }) => results.get(name)?.ok === false);
  if (failed.length > 0 && failed.length <= TRIED_AGAIN && rows.length > 1) {
    const alone = openLane();
    for (const row of failed) {
      const result = await alone.tryRow(row, place);
      const before = results.get(row.name)?.seen;
      const told = result.ok ? { ...result, seen: `${result.seen} (alone; beside others: ${before})` } : result;
      results.set(row.name, told);
      tell(told);
    }
    await alone.close();
  }
  return rows.flatMap(({ name }) => results.get(name) ?? []);
}

function openLane() {
  const inside = 'ip link set lo up && exec "$@"';
  const args = ['--net', '--mount', '--propagation', 'private', 'sh', '-c', inside, 'lane', process.execPath, WORKER];
  const worker = spawn('unshare', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code, signal) => resolve(signal ?? code));
  });
  ended.catch(() => {}); // whoever waits for an answer hears of it

  return {
    /** @param {Row} row @param {Place} place @returns {Promise<Result>} */
    tryRow({ name }, place) {
      const answer = new Promise(resolve => worker.once('message', resolve));
      worker.send({ name, place });
      const broken = ended.then(how => Promise.reject(new Error(`The lane of ${name} ended with ${how}.`)));
      return Promise.race([answer, broken]);
    },
    close() {
      worker.disconnect();
      return ended;
    },
  };
}
