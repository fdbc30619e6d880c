// @ts-check
// `npm run chaos`: does to the packed app, one row of a table after another, what machines, people and programs do to
// apps, and proves that the fault happened, that its effect is the expected one, and that nothing is left.
// `npm run chaos -- WORD...` tries the rows with one of the words in their name; `-- --json` prints for machines;
// `--soak SECONDS` makes the long rows shorter or longer.
import './setup/node-version.mjs';
import { parseArgs } from 'node:util';
import { SOAK_SECONDS, tryAll } from './chaos/all.mjs';
import { ROWS } from './chaos/rows.mjs';
import { table } from './chaos/table.mjs';
import { Trouble } from './setup/trouble.mjs';
import { prepare } from './testing/prepare.mjs';
import { openScreen } from './testing/screen.mjs';

const { values, positionals: words } = parseArgs({
  options: { json: { type: 'boolean' }, soak: { type: 'string', default: String(SOAK_SECONDS) } },
  allowPositionals: true,
});
const rows = ROWS.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)));
const soakSeconds = Number(values.soak);
/** For people; the machine's own output is one object and nothing else. */
const say = values.json ? console.error : console.log;
if (values.json) console.log = console.error;

try {
  if (rows.length === 0) throw new Trouble(`No row has ${words.join(' or ')} in its name.`, 'See scripts/chaos/rows/.');
  if (!(soakSeconds > 0)) throw new Trouble(`--soak ${values.soak} is no number of seconds.`, 'Such as: --soak 30');
  const { place } = await prepare();
  const withScreen = { ...place, env: { ...place.env, ...(await openScreen()) } };
  const results = await tryAll(rows, withScreen, { say, soakSeconds });
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
