// @ts-check
// `npm run bench`: measures how long starts take until the user can type, and what they cost, beside other designs.
//   --only PART      `starts` (default), `servers`, `window`, `rest`, `growth` or `guard`
//   --rounds N       number of starts of each (default: 5)
//   --conditions C   `quiet` (default), `busy`, `one-core`, `cold`, separated by commas, or `all`
//   --against F      also measures the clone in folder F, which must be set up, such as a clone of an older commit
//   --timeline FILE  draws a typical start of each as an SVG picture
//   --json           prints all numbers and aims as JSON instead of the tables
import './setup/node-version.mjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { conditionsOf } from './bench/conditions.mjs';
import { runInOwnNetwork, sharedFolder } from './bench/own-network.mjs';
import { PARTS } from './bench/parts.mjs';
import { prepare } from './bench/rows.mjs';
import { setUp } from './setup/setup.mjs';
import { UserError } from './setup/user-error.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const say = console.error;
const machine = `${process.platform} ${process.arch} ${release()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB of memory`;
const folder = sharedFolder ?? mkdtempSync(join(tmpdir(), 'cachibot-bench-'));
// A signal ends this process, too.
if (sharedFolder === undefined)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

try {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: 'starts' },
      rounds: { type: 'string', default: '5' },
      conditions: { type: 'string', default: 'quiet' },
      against: { type: 'string' },
      timeline: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const ready = await setUp(root, { say });
  process.exitCode = (await runInOwnNetwork(folder)) ?? (await main(values, ready));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
// The virtual screen would keep this process running.
process.exit();

/**
 * @param {Values} values
 * @param {import('./setup/setup.mjs').Ready} ready
 * @typedef {{ only: string, rounds: string, conditions: string, against?: string, timeline?: string, json?: boolean }} Values
 * @returns {Promise<number>} exit code
 */
async function main(values, ready) {
  const part = PARTS[values.only];
  if (part === undefined)
    throw new UserError(`There is no part ${values.only}.`, `Parts: ${Object.keys(PARTS).join(', ')}`);
  const wanted = conditionsOf(values.conditions);
  const prepared = await prepare({ root, folder, ready, say });
  const { result, text, code } = await part(prepared, { ...values, wanted, python: ready.python, say });
  console.log(
    values.json
      ? JSON.stringify({ machine, electron: ready.why, rounds: Number(values.rounds), ...result })
      : `${machine}; ${ready.why}\n\n${text}`,
  );
  return code;
}
