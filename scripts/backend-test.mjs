// @ts-check
// `npm run backend:test`: the frozen server in resources/backend, or the one that CACHIBOT_TEST_SERVER names.
// `npm run backend:test -- NAME...` runs only these files.
import './setup/node-version.mjs';
import { report, sum } from './testing/counted.mjs';
import { testFrozen } from './testing/frozen.mjs';
import { inTurn } from './testing/in-turn.mjs';
import { prepare } from './testing/prepare.mjs';

const { place, pythonTools, inCi } = await prepare();
const results = await inTurn({
  'The frozen server': () => testFrozen(place, pythonTools, process.argv.slice(2)),
});
process.exitCode = report(sum(results, { skippedCountsAsFailed: inCi }));
