// @ts-check
// `npm test`: everything that can be tested without a build that takes minutes. `npm test -- --all`: that and all the
// rest; CI does the former on the three systems, the latter on Linux. `npm test -- NAME...` runs only the test files with
// that in their path.
import './setup/node-version.mjs';
import { join } from 'node:path';
import { provideServer } from './backend/cached.mjs';
import { testChaos } from './chaos/all.mjs';
import { testInstallers } from './installing/packages.mjs';
import { workflowChecks } from './release/workflows.mjs';
import { runTool } from './setup/tool.mjs';
import { smokeChecks } from './smoke/checks.mjs';
import { runChecks } from './testing/checks.mjs';
import { report, sum } from './testing/counted.mjs';
import { testFrozen } from './testing/frozen.mjs';
import { inTurn } from './testing/in-turn.mjs';
import { testPackaged } from './testing/packaged.mjs';
import { prepare } from './testing/prepare.mjs';
import { openScreen } from './testing/screen.mjs';
import { runPytest, runVitest } from './testing/suites.mjs';
import { testUpdates } from './update-test/all.mjs';

/** @typedef {Record<string, () => Promise<import('./testing/counted.mjs').Counted | void>>} Suites */

const { place, pythonTools, inCi } = await prepare();
const withScreen = { ...place, env: { ...place.env, ...(await openScreen()) } };
const say = console.log;

/** @type {Suites} */
const quick = {
  'Types, lint and format': () => runChecks(place.root, pythonTools),
  'The shell’s parts': () => runVitest(place, 'fast'),
  'The scripts': () => runVitest(place, 'scripts'),
  'The server, real processes': () => runPytest(place, pythonTools),
  'The app, in a real Electron': () => runVitest(withScreen, 'real'),
};
/** In this order: each needs what those above it have built. @type {Suites} */
const built = {
  'The server freezes, and passes its proofs': freezeServer,
  'The frozen server': () => testFrozen(place, pythonTools),
  'The app packs': packApp,
  'The packed app': () => testPackaged(withScreen),
  ...smokeChecks(place.root, withScreen.env, say),
  // Only Linux can make all of them, and a view of the machine to install them into.
  ...(process.platform === 'linux' ? { 'The installers': () => testInstallers(withScreen) } : {}),
  ...(process.platform === 'linux' ? workflowChecks(forWorkflows()) : {}),
  // Its faults are Linux's.
  ...(process.platform === 'linux'
    ? { 'The packed app, killed, starved and disturbed': () => testChaos(withScreen, say) }
    : {}),
  // An AppImage needs no system around it, a deb or an rpm a view of this one, a Windows installer wine.
  ...(process.platform === 'linux'
    ? { 'Updates of real AppImages, a deb, an rpm and Windows installers': () => testUpdates(withScreen, say) }
    : {}),
};

const args = process.argv.slice(2);
const suites = args.includes('--all') ? { ...quick, ...built } : args.length > 0 ? only(args) : quick;
process.exitCode = report(sum(await inTurn(suites), { skippedCountsAsFailed: inCi }));
// The screen would keep this process alive.
process.exit();

/**
 * @param {string[]} filters
 * @returns {Suites}
 */
function only(filters) {
  const python = filters.filter(name => name.endsWith('.py') || name.startsWith('test/python'));
  const others = filters.filter(name => !python.includes(name));
  return {
    ...(python.length > 0 ? { 'The server': () => runPytest(place, pythonTools, python) } : {}),
    ...(others.length > 0
      ? {
          'The shell’s parts': () => runVitest(place, 'fast', others),
          'The scripts': () => runVitest(place, 'scripts', others),
          'The app': () => runVitest(withScreen, 'real', others),
        }
      : {}),
  };
}

function forWorkflows() {
  return { root: place.root, title: 'Workflows', logFile: join(place.output, 'workflows.log'), say };
}

function freezeServer() {
  return provideServer({ root: place.root, title: 'Backend', logFile: join(place.output, 'freeze.log'), say });
}

/** The command itself, as a person gives it. */
async function packApp() {
  const work = { root: place.root, title: 'Packing of the app', logFile: join(place.output, 'dist.log'), say };
  await runTool(work, process.execPath, [join('scripts', 'dist.mjs'), '--dir']);
}
