// @ts-check
// `npm run backend:test`: the frozen server in resources/backend, or the one that CACHIBOT_TEST_SERVER names.
// First what only a frozen one can get wrong, then the tests of the entry, which it must pass like the plain one.
// `npm run backend:test -- NAME...` runs only these files.
import './setup/node-version.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM } from './backend/freeze.mjs';
import { report, sum } from './testing/counted.mjs';
import { prepare } from './testing/prepare.mjs';
import { runPytest } from './testing/suites.mjs';

/** Real processes of the entry; the other files test modules of its source, which are the same frozen or not. */
const OF_THE_ENTRY = ['test_chat.py', 'test_door.py', 'test_start.py', 'test_stop.py'];

const { place, pythonTools, inCi } = await prepare();
const server = process.env['CACHIBOT_TEST_SERVER'] ?? join(place.root, 'resources', 'backend', PROGRAM);
const frozen = { ...place, env: { ...place.env, CACHIBOT_TEST_SERVER: server } };
const filters = process.argv.slice(2);
const files = ['test/frozen', ...OF_THE_ENTRY.map(name => `test/python/${name}`)];

if (existsSync(server)) {
  const counted = await runPytest(frozen, pythonTools, filters.length > 0 ? filters : files);
  process.exitCode = report(sum([counted], { skippedCountsAsFailed: inCi }));
} else {
  console.error(`${server} is not there. Run: npm run backend`);
  process.exitCode = 1;
}
