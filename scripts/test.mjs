// @ts-check
// `npm test`: what proves the main job, without a build of minutes. `npm test -- --all`, which CI runs: that and the
// rest, on what it has frozen and packed. `npm test -- WORD...`: the test files with a word in their path.
//   --suite NAME   one suite (see scripts/testing/suites.mjs); words then pick its files, or its rows
//   --json         prints one JSON object for machines, and all else to stderr
//   --soak SECONDS how long the soak of `npm run chaos` takes
import './setup/node-version.mjs';
import { parseArgs } from 'node:util';
import { prepare } from './testing/prepare.mjs';
import { report, results, sum } from './testing/results.mjs';
import { runSuites } from './testing/run-suites.mjs';
import { suites } from './testing/suites.mjs';
import { tableFor } from './testing/tables.mjs';

/** In CI a soak is short; `npm run chaos` takes its time. */
const SOAK_SECONDS = { ci: 60, command: 300 };
/** Suites whose words pick rows by name, not files by path. */
const WITH_ROWS = ['chaos', 'updates'];

const { values, positionals: words } = readArguments();
if (values.json) console.log = console.error;

const { place, pythonTools, inCi } = await prepare({
  // A release tries what it has signed in a job with secrets, in which no more packages are installed.
  tests: values.suite !== 'smoke',
  show: values.json ? 'stderr' : 'stdout',
});
const soak = values.soak ?? (values.all ? SOAK_SECONDS.ci : SOAK_SECONDS.command);
const say = console.log;
const here = { ...place, env: { ...place.env, CACHIBOT_TEST_SOAK: String(soak) } };
const all = suites(here, pythonTools, say);
/** The same, for suites that run beside others: their output is printed when they are over. */
const later = suites({ ...here, show: 'later' }, pythonTools, say);
const onLinux = process.platform === 'linux';

const total = sum(await run(), { skippedCountsAsFailed: inCi });
const table = values.suite === undefined ? undefined : tableFor(values.suite, total.rows);
if (table !== undefined) say(`\n${table}`);
process.exitCode = report(total);
if (values.json) {
  const { passed, failed, rows } = total;
  process.stdout.write(`${JSON.stringify({ passed, failed: failed.length, rows })}\n`);
}

/** Ends the process, with a line that says what is wrong, when they make no sense. */
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
  if (values.suite !== undefined) return runSuites({ [values.suite]: () => one(String(values.suite)) });
  if (values.all) return everything();
  if (words.length > 0) return runSuites(picked());
  return beside(
    { 'Types, lint and format': all.checks, 'Unit tests': all.unit, 'App in a real Electron': all.real },
    // On Windows and macOS, CI runs no other tests of the plain server.
    { Scripts: later.scripts, 'Server, real processes': inCi ? later.python : later.pythonMainJob },
  );
}

/**
 * Runs two rows of suites at the same time: most tests of windows wait.
 * @param {import('./testing/run-suites.mjs').Suites} one
 * @param {import('./testing/run-suites.mjs').Suites} other
 */
async function beside(one, other) {
  return (await Promise.all([runSuites(one), runSuites(other)])).flat();
}

/** @param {string} name */
async function one(name) {
  const suite = Object.entries(all).find(([known]) => known === name)?.[1];
  if (suite === undefined) {
    const detail = `There is no suite ${name}. Suites: ${Object.keys(all).join(', ')}.`;
    return results({ failed: [{ name: '--suite', detail }] });
  }
  if (words.length === 0) return suite();
  return /** @type {(filters: object) => Promise<import('./testing/results.mjs').Results>} */ (suite)(
    WITH_ROWS.includes(name) ? { names: words } : { files: words },
  );
}

/** The server is frozen and the app packed while the first suites wait for windows; the rest needs both. */
async function everything() {
  const first = await beside(
    { 'Types, lint and format': all.checks, 'Unit tests': all.unit, 'App in a real Electron': all.real },
    {
      'The server freezes, and passes its proofs': all.freeze,
      'The app packs': all.dist,
      Scripts: later.scripts,
      'Modules of the server': later.pythonModules,
    },
  );
  const rest = await runSuites({
    'Frozen server': all.frozen,
    'Packed app': all.packaged,
    'Packed app, as a user starts it': all.smoke,
    // Only Linux can make all installers, and only its faults are known here.
    ...(onLinux
      ? {
          Installers: all.installers,
          Workflows: all.workflows,
          'Packed app, killed, starved and disturbed': all.chaos,
          'Updates of AppImages, a deb, an rpm and Windows installers': all.updates,
        }
      : {}),
  });
  return [...first, ...rest];
}

/** @returns {import('./testing/run-suites.mjs').Suites} */
function picked() {
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
