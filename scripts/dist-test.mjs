// @ts-check
// `npm run dist:test`: packs the app and tests the unpacked folder. `npm run dist:test -- NAME...` runs only files of
// that name.
import './setup/node-version.mjs';
import { report, sum } from './testing/counted.mjs';
import { inTurn } from './testing/in-turn.mjs';
import { testPackaged } from './testing/packaged.mjs';
import { prepare } from './testing/prepare.mjs';
import { openScreen } from './testing/screen.mjs';

const { place, inCi } = await prepare();
const withScreen = { ...place, env: { ...place.env, ...(await openScreen()) } };
const results = await inTurn({ 'The packed app': () => testPackaged(withScreen, process.argv.slice(2)) });
process.exitCode = report(sum(results, { skippedCountsAsFailed: inCi }));
// The screen would keep this process alive.
process.exit();
