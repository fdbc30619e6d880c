// @ts-check
// `npm run chaos`: does to the packed app, one row of a table after another, what machines, people and programs do to
// apps, and proves that the fault happened, that its effect is the expected one, and that nothing is left.
// `npm run chaos -- WORD...` tries the rows with one of the words in their name; `-- --json` prints for machines.
import './setup/node-version.mjs';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { copyApps } from './chaos/apps.mjs';
import { isFree, PORT } from './chaos/leftovers.mjs';
import { ROWS } from './chaos/rows.mjs';
import { table } from './chaos/table.mjs';
import { tryRow } from './chaos/trial.mjs';
import { switchesForMachine } from './run-electron.mjs';
import { Trouble } from './setup/trouble.mjs';
import { prepare } from './testing/prepare.mjs';
import { openScreen } from './testing/screen.mjs';

const { values, positionals: words } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true });
const chosen = ROWS.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)));
/** For people; the machine's own output is one object and nothing else. */
const say = values.json ? console.error : console.log;
if (values.json) console.log = console.error;

try {
  if (process.platform !== 'linux') throw new Trouble('These faults are written for Linux.', 'Run them there.');
  if (process.getuid?.() !== 0) throw new Trouble('Full disks and other users need root.', 'Run it as root.');
  if (chosen.length === 0)
    throw new Trouble(`No row has ${words.join(' or ')} in its name.`, 'See scripts/chaos/rows/.');
  if (!(await isFree(PORT))) throw new Trouble(`Port ${PORT} is taken.`, 'End whoever holds it: the rows need it.');
  const { place } = await prepare();
  const electron = place.env['CACHIBOT_TEST_ELECTRON'] ?? '';
  const python = place.env['CACHIBOT_TEST_PYTHON'] ?? '';
  const work = { root: place.root, title: 'Packing of the app', logFile: join(place.output, 'chaos.log'), say };
  const apps = await copyApps(work, electron);
  process.once('exit', () => rmSync(apps.folder, { recursive: true, force: true }));
  const env = { ...process.env, ...(await openScreen()) };
  const switches = switchesForMachine({ args: [], env, say: () => {} });

  const results = [];
  for (const row of chosen) {
    const result = await tryRow(row, { apps, env, switches, python });
    results.push(result);
    say(`${result.ok ? 'ok    ' : 'FAILED'} ${row.name}, ${(result.ms / 1000).toFixed(1)} s`);
    if (!result.ok) say(`       ${result.evidence}\n       ${result.seen}`);
  }
  const survived = results.filter(({ ok }) => ok).length;
  const leftovers = results.reduce((sum, { leftovers }) => sum + leftovers.length, 0);
  process.exitCode = survived === results.length ? 0 : 1;
  if (values.json)
    process.stdout.write(`${JSON.stringify({ tried: results.length, survived, leftovers, rows: results })}\n`);
  else say(`\n${table(results)}\n\n${survived} passed, ${results.length - survived} failed`);
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  console.error(error.message);
  say('0 passed, 1 failed');
  process.exitCode = 1;
}
// The screen would keep this process alive.
process.exit();
