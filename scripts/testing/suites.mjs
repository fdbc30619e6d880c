// @ts-check
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { PROGRAM } from '../backend/freeze.mjs';
import { provideServer } from '../backend/server-cache.mjs';
import { frozenServer } from '../dist/frozen-server.mjs';
import { ensurePackageTools } from '../dist/package-tools.mjs';
import { windowsServer } from '../offline/windows-server.mjs';
import { workflowChecks } from '../release/workflows.mjs';
import { setUpFreezer, setUpOlderCachibot } from '../setup/setup.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';
import { runChecks } from './checks.mjs';
import { sum } from './results.mjs';
import { runSuites } from './run-suites.mjs';
import { runPytest, runVitest } from './runners.mjs';
import { checkStartBudgets } from './start-budgets.mjs';
import { windowsInCi, windowsSuite } from './windows-suite.mjs';

/** @typedef {import('./runners.mjs').TestRun} TestRun */
/** @typedef {import('./run-suites.mjs').Suites} Suites */
/** @typedef {{ files?: readonly string[], names?: readonly string[] }} Filters */

/**
 * Test files that `--all` runs on the frozen server instead of the unfrozen server. `npm test` runs them on the unfrozen
 * server; outside CI, without the tests marked `left_to_ci`.
 */
const FROZEN_SERVER_TEST_FILES = [
  'data/test_backup.py',
  'data/test_data_in_use.py',
  'data/test_full_disk.py',
  'data/test_power_cut.py',
  'data/test_restore.py',
  'data/test_unfinished_restore.py',
  'data/test_unusual_homes.py',
  'data/test_upgrade.py',
  'gateway/test_chat_errors.py',
  'gateway/test_gateway.py',
  'process/test_child_environment.py',
  'process/test_network.py',
  'process/test_shutdown.py',
  'process/test_watchdog.py',
  'server/test_chat.py',
  'server/test_settings_at_once.py',
  'server/test_start.py',
  'server/test_streamed_answers.py',
].map(name => `test/python/${name}`);

const FROZEN_FILES = ['test/frozen', ...FROZEN_SERVER_TEST_FILES];

/** The only test that runs an older CachiBot; it is left to CI and needs Linux. */
const OLDER_CACHIBOT_TEST = 'test/real/conversation/older-folder.test.ts';

/**
 * Returns all suites by name, as in `scripts/test.mjs --suite NAME`.
 * @param {TestRun} testRun
 * @param {string} pythonTools interpreter that has pytest
 * @param {(line: string) => void} say
 */
export function suites(testRun, pythonTools, say) {
  const { root, output, env } = testRun;
  /** @param {string} title @param {string} log */
  const work = (title, log) => ({ root, title, logFile: join(output, log), say });
  /** @param {import('./runners.mjs').Project} project */
  const vitest =
    project =>
    (/** @type {Filters} */ filters = {}) =>
      runVitest(testRun, project, filters);

  return {
    checks: () => runChecks(root, pythonTools),
    unit: vitest('unit'),
    scripts: vitest('scripts'),
    python: ({ files = ['test/python'] } = {}) => runPytest(testRun, pythonTools, files),
    /** All Python tests but those marked `left_to_ci`. */
    pythonMainJob: () => runPytest(testRun, pythonTools, ['test/python'], { all: false }),
    /** The tests that do not run on the frozen server. */
    pythonModules: () => runPytest(testRun, pythonTools, pythonModules(root)),
    real: (/** @type {Filters} */ filters = {}) => runReal(testRun, filters, say),
    /** All tests of the unpacked app but those tagged `left-to-ci`. */
    realMainJob: () => runVitest(testRun, 'real', { all: false }),
    freeze: () => provideServer(work('Backend', 'freeze.log')),
    /** Runs the command itself, as a user does. */
    async dist() {
      await runTool(work('Packing of the app', 'dist.log'), process.execPath, [join('scripts', 'dist.mjs'), '--dir']);
    },
    async frozen({ files = FROZEN_FILES } = {}) {
      const server = join(frozenServer(root), PROGRAM);
      await setUpFreezer(root, { say });
      const frozen = { ...testRun, env: { ...env, CACHIBOT_TEST_SERVER: server } };
      return runPytest(frozen, pythonTools, files, { label: 'frozen' });
    },
    packaged: vitest('packaged'),
    /** Tests the app that was packed last, or an installed program. */
    smoke(/** @type {Filters} */ { files: [program] = [] } = {}) {
      const installed = program === undefined ? {} : { CACHIBOT_TEST_PROGRAM: resolve(program) };
      return runVitest({ ...testRun, env: { ...env, ...installed } }, 'smoke');
    },
    async installers(/** @type {Filters} */ filters = {}) {
      if (process.platform === 'linux') await ensurePackageTools(work('Tools for packages', 'installers.log'));
      return runVitest(testRun, 'installers', filters);
    },
    ...rehearsalSuites(testRun, work),
    startBudgets: () => checkStartBudgets(root, env),
    async workflows() {
      const checks = workflowChecks(work('Workflows', 'workflows.log'));
      return sum(await runSuites(checks, say), { skippedCountsAsFailed: false });
    },
    windows: (/** @type {Filters} */ { files: words = [] } = {}) =>
      windowsSuite(testRun, work('Windows', 'windows.log'), { words, frozenFiles: FROZEN_FILES }),
    windowsInCi: () => windowsInCi(testRun, work('Windows', 'windows.log')),
    attack: vitest('attack'),
    chaos: vitest('chaos'),
    async updates(/** @type {Filters} */ filters = {}) {
      if (process.platform === 'linux') await ensurePackageTools(work('Tools for packages', 'updates.log'));
      return runVitest(testRun, 'updates', filters);
    },
  };
}

/**
 * Runs tests of the unpacked app, with an older CachiBot if one of them needs it.
 * @param {TestRun} testRun
 * @param {Filters} filters
 * @param {(line: string) => void} say
 */
async function runReal(testRun, filters, say) {
  const needsOlder = process.platform === 'linux' && selects(testRun.root, filters, OLDER_CACHIBOT_TEST);
  if (needsOlder) await provideOlderCachibot(testRun.root, say);
  return runVitest(testRun, 'real', filters);
}

/**
 * Whether vitest runs a file with these filters.
 * @param {string} root
 * @param {Filters} filters
 * @param {string} file relative to root
 */
function selects(root, { files = [] }, file) {
  const words = files.map(word => relative(root, resolve(root, word)).toLowerCase());
  return words.length === 0 || words.some(word => file.includes(word));
}

/**
 * Sets up the older CachiBot. If that fails, its test fails, but no other.
 * @param {string} root
 * @param {(line: string) => void} say
 */
async function provideOlderCachibot(root, say) {
  try {
    await setUpOlderCachibot(root, { say });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(error.message);
  }
}

/**
 * Returns the suites that only `npm run rehearse` runs, because they need a server that is frozen for Windows.
 * @param {TestRun} testRun
 * @param {(title: string, log: string) => import('../setup/tool.mjs').Work} work
 */
function rehearsalSuites(testRun, work) {
  const server = () => windowsServer(work('Server for Windows', 'windows-server.log'));
  return {
    async freezeForWindows() {
      await server();
    },
    /** As `installers`, with that server in the Windows installer. */
    async rehearsedInstallers() {
      const env = { ...testRun.env, CACHIBOT_TEST_WINDOWS_SERVER: await server() };
      await ensurePackageTools(work('Tools for packages', 'installers.log'));
      return runVitest({ ...testRun, env }, 'installers');
    },
  };
}

/**
 * Returns the test files that do not run on the frozen server, relative to root.
 * @param {string} root
 */
function pythonModules(root) {
  return readdirSync(join(root, 'test', 'python'), { recursive: true, encoding: 'utf8' })
    .map(name => `test/python/${name.replaceAll('\\', '/')}`)
    .filter(name => /\/test_[^/]+\.py$/.test(name) && !FROZEN_SERVER_TEST_FILES.includes(name));
}
