// @ts-check
// `npm run install-test`: on Linux it makes the installers, and installs, starts, upgrades and removes them, on a view of
// this machine that is gone afterwards; `npm run install-test -- NAME...` runs only test files of that name. On Windows it
// installs what `npm run dist` has made, for whoever runs it, starts it and removes it.
import './setup/node-version.mjs';
import { testInstallers } from './installing/packages.mjs';
import { realWindowsChecks } from './installing/windows.mjs';
import { report, sum } from './testing/counted.mjs';
import { inTurn } from './testing/in-turn.mjs';
import { prepare } from './testing/prepare.mjs';
import { openScreen } from './testing/screen.mjs';

const { place, inCi } = await prepare();
const withScreen = { ...place, env: { ...place.env, ...(await openScreen()) } };
const results = await inTurn(
  process.platform === 'win32'
    ? realWindowsChecks(place.root, withScreen.env, console.log)
    : { 'The installers': () => testInstallers(withScreen, process.argv.slice(2)) },
);
process.exitCode = report(sum(results, { skippedCountsAsFailed: inCi }));
// The screen would keep this process alive.
process.exit();
