// @ts-check
// `npm run update-test`: updates real AppImages, packages and Windows installers from a feed here, in every way it can go,
// and proves that the person's data is there each time. `-- WORD...` tries the cases with one of the words in their name;
// `-- --json` prints for machines, `-- --prepared` tries what the last run has built. Two cases need the frozen server
// (npm run backend).
import './setup/node-version.mjs';
import { parseArgs } from 'node:util';
import { Trouble } from './setup/trouble.mjs';
import { prepare } from './testing/prepare.mjs';
import { openScreen } from './testing/screen.mjs';
import { ALL_CASES, tryCases } from './update-test/all.mjs';
import { table } from './update-test/table.mjs';

const { values, positionals: words } = parseArgs({
  options: { json: { type: 'boolean' }, prepared: { type: 'boolean' } },
  allowPositionals: true,
});
const chosen = ALL_CASES.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)));
/** For people; the machine's own output is one object and nothing else. */
const say = values.json ? console.error : console.log;
if (values.json) console.log = console.error;

try {
  if (chosen.length === 0)
    throw new Trouble(`No case has ${words.join(' or ')} in its name.`, 'See scripts/update-test/.');
  const { place } = await prepare();
  const withScreen = { ...place, env: { ...place.env, ...(await openScreen()) } };
  const results = await tryCases(chosen, withScreen, { say, prepared: !!values.prepared });
  const passed = results.filter(({ ok }) => ok).length;
  const failed = results.length - passed;
  process.exitCode = failed === 0 ? 0 : 1;
  if (values.json) process.stdout.write(`${JSON.stringify({ passed, failed, cases: results })}\n`);
  else say(`\n${table(results)}\n\n${passed} passed, ${failed} failed`);
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  console.error(error.message);
  say('0 passed, 1 failed');
  process.exitCode = 1;
}
// The screen would keep this process alive.
process.exit();
