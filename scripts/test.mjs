// @ts-check
// `npm test`: runs the tests that do not need a build of minutes. `npm test -- --all`, which CI runs: freezes the
// server, packs the app and runs all tests. `npm test -- WORD...`: runs the test files whose path contains a word.
//   --suite NAME   runs one suite (see scripts/testing/suites.mjs); words select its files, or its scenarios by name
//   --json         prints one JSON object to stdout, and all other output to stderr
//   --soak SECONDS duration of the soak test of `npm run chaos`
import './setup/node-version.mjs';
import { parseArgs } from 'node:util';
import { IN_CI } from './setup/ci.mjs';
import { prepare } from './testing/prepare.mjs';
import { report, results, sum } from './testing/results.mjs';
import { runSuites } from './testing/run-suites.mjs';
import { suites } from './testing/suites.mjs';
import { tableFor } from './testing/tables.mjs';

/** The soak test is shorter in CI than with `npm run chaos`. */
const SOAK_SECONDS = { ci: 60, command: 300 };
/** Suites whose words select tests by name, not files by path. */
const SELECTED_BY_NAME = ['attack', 'chaos', 'updates'];

const { values, positionals: words } = readArguments();
if (values.json) console.log = console.error;

const { testRun, pythonTools } = await prepare({
  // A release runs the smoke test in a job with secrets, in which no more packages may be installed.
  tests: values.suite !== 'smoke',
  show: values.json ? 'stderr' : 'stdout',
});
const soak = values.soak ?? (values.all ? SOAK_SECONDS.ci : SOAK_SECONDS.command);
const say = console.log;
const withSoak = { ...testRun, env: { ...testRun.env, CACHIBOT_TEST_SOAK: String(soak) } };
const all = suites(withSoak, pythonTools, say);
/**
 * The same suites, to run beside others: they print their output at the end. The tests of windows come first, because
 * they press keys and wait for pictures.
 */
const deferred = suites({ ...withSoak, show: 'later', niceness: 5 }, pythonTools, say);
const onLinux = process.platform === 'linux';

const total = sum(await run(), { skippedCountsAsFailed: IN_CI });
const table = values.suite === undefined ? undefined : tableFor(values.suite, total.rows);
if (table !== undefined) say(`\n${table}`);
process.exitCode = report(total);
if (values.json) {
  const { passed, failed, rows } = total;
  process.stdout.write(`${JSON.stringify({ passed, failed: failed.length, rows })}\n`);
}

/** Reads the command line. Prints an error and exits if it is not valid. */
function readArguments() {
  try {
    const read = parseArgs({
      options: {
        all: { type: 'boolean' },
        suite: { type: 'string' },
        json: { type: 'boolean' },
        soak: { type: 'string' },
      },
      allowPositionals: true,
    });
    const { soak } = read.values;
    if (soak !== undefined && !(Number(soak) > 0))
      throw new Error(`--soak ${soak} is not a number of seconds, such as 30.`);
    return read;
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    console.log('0 passed, 1 failed');
    process.exit(2);
  }
}

async function run() {
  if (values.suite !== undefined) return runSuites({ [values.suite]: () => runSuite(String(values.suite)) });
  if (values.all) return runAll();
  if (words.length > 0) return runSuites(selectedSuites());
  // On Windows and macOS, CI runs no other tests of the unfrozen server and the unpacked app.
  const { real, python } = IN_CI
    ? { real: all.real, python: deferred.python }
    : { real: all.realMainJob, python: deferred.pythonMainJob };
  return runSideBySide(
    { 'Types, lint and format': all.checks, 'Unit tests': all.unit, 'App in a real Electron': real },
    { Scripts: deferred.scripts, 'Server, real processes': python },
  );
}

/**
 * Runs two lists of suites at the same time, because tests of windows spend most of their time waiting.
 * @param {import('./testing/run-suites.mjs').Suites} one
 * @param {import('./testing/run-suites.mjs').Suites} other
 */
async function runSideBySide(one, other) {
  return (await Promise.all([runSuites(one), runSuites(other)])).flat();
}

/**
 * Runs one suite, with the words of the command line as its filter.
 * @param {string} name
 */
async function runSuite(name) {
  const suite = Object.entries(all).find(([known]) => known === name)?.[1];
  if (suite === undefined) {
    const detail = `There is no suite ${name}. Suites: ${Object.keys(all).join(', ')}.`;
    return results({ failed: [{ name: '--suite', detail }] });
  }
  if (words.length === 0) return suite();
  return /** @type {(filters: object) => Promise<import('./testing/results.mjs').Results>} */ (suite)(
    SELECTED_BY_NAME.includes(name) ? { names: words } : { files: words },
  );
}

/** Runs all suites. The first ones need no build, so the server is frozen and the app packed meanwhile. */
async function runAll() {
  const first = await runSideBySide(
    { 'Types, lint and format': all.checks, 'Unit tests': all.unit, 'App in a real Electron': all.real },
    {
      'Freezing and testing the server': all.freeze,
      'Packing the app': all.dist,
      Scripts: deferred.scripts,
      'Modules of the server': deferred.pythonModules,
    },
  );
  const rest = await runSuites({
    'Frozen server': all.frozen,
    'Packed app': all.packaged,
    'Packed app, as a user starts it': all.smoke,
    // On Linux only: it can build all installers, and the chaos tests use its tools to cause faults.
    ...(onLinux
      ? {
          'Hostile content, requests and files': all.attack,
          'Start of the packed app': all.startBudgets,
          Installers: all.installers,
          Workflows: all.workflows,
          'Packed app, killed, starved and disturbed': all.chaos,
          'Updates of AppImages, a deb, an rpm and Windows installers': all.updates,
          'Server for Windows, under wine': all.windowsInCi,
        }
      : {}),
  });
  return [...first, ...rest];
}

/**
 * Returns the suites that have the files selected on the command line.
 * @returns {import('./testing/run-suites.mjs').Suites}
 */
function selectedSuites() {
  const python = words.filter(word => word.endsWith('.py') || word.startsWith('test/python'));
  const files = words.filter(word => !python.includes(word));
  return {
    ...(python.length > 0 ? { Server: () => all.python({ files: python }) } : {}),
    ...(files.length > 0
      ? {
          'Unit tests': () => all.unit({ files }),
          Scripts: () => all.scripts({ files }),
          'App in a real Electron': () => all.real({ files }),
        }
      : {}),
  };
}
