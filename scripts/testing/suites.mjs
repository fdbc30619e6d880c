// @ts-check
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { provideServer } from '../backend/cached.mjs';
import { PROGRAM } from '../backend/freeze.mjs';
import { frozenServer } from '../dist/frozen-server.mjs';
import { havePackageTools } from '../dist/package-tools.mjs';
import { workflowChecks } from '../release/workflows.mjs';
import { setUpFreezer } from '../setup/setup.mjs';
import { runTool } from '../setup/tool.mjs';
import { runChecks } from './checks.mjs';
import { sum } from './results.mjs';
import { runSuites } from './run-suites.mjs';
import { runPytest, runVitest } from './runners.mjs';

/** @typedef {import('./runners.mjs').Place} Place */
/** @typedef {import('./run-suites.mjs').Suites} Suites */
/** @typedef {{ files?: readonly string[], names?: readonly string[] }} Filters */

/**
 * Test files that start the server as a process. CI runs them on the frozen server alone; `npm test` on the plain one,
 * without the tests marked `left_to_ci`.
 */
const OF_THE_PROCESS = [
  'data/test_backup.py',
  'data/test_data_in_use.py',
  'data/test_full_disk.py',
  'data/test_restore.py',
  'data/test_unfinished_restore.py',
  'data/test_upgrade.py',
  'gateway/test_gateway.py',
  'process/test_child_environment.py',
  'process/test_shutdown.py',
  'process/test_watchdog.py',
  'server/test_chat.py',
  'server/test_start.py',
].map(name => `test/python/${name}`);

/**
 * Every suite there is, by the name that `scripts/test.mjs --suite` takes.
 * @param {Place} place
 * @param {string} pythonTools interpreter that has pytest
 * @param {(line: string) => void} say
 */
export function suites({ root, output, env, ...place }, pythonTools, say) {
  const here = { root, output, env, ...place };
  /** @param {string} title @param {string} log */
  const work = (title, log) => ({ root, title, logFile: join(output, log), say });
  /** @param {import('./runners.mjs').Project} project */
  const vitest =
    project =>
    (/** @type {Filters} */ filters = {}) =>
      runVitest(here, project, filters);

  return {
    checks: () => runChecks(root, pythonTools),
    unit: vitest('unit'),
    scripts: vitest('scripts'),
    python: ({ files = ['test/python'] } = {}) => runPytest(here, pythonTools, files),
    /** What proves the main job: all but the tests marked `left_to_ci`. */
    pythonMainJob: () => runPytest(here, pythonTools, ['test/python'], { all: false }),
    /** What the frozen server is not tested with. */
    pythonModules: () => runPytest(here, pythonTools, pythonModules(root)),
    real: vitest('real'),
    freeze: () => provideServer(work('Backend', 'freeze.log')),
    /** The command itself, as a user gives it. */
    async dist() {
      await runTool(work('Packing of the app', 'dist.log'), process.execPath, [join('scripts', 'dist.mjs'), '--dir']);
    },
    async frozen({ files = ['test/frozen', ...OF_THE_PROCESS] } = {}) {
      const server = join(frozenServer(root), PROGRAM);
      await setUpFreezer(root, { say });
      const frozen = { ...here, env: { ...env, CACHIBOT_TEST_SERVER: server } };
      return runPytest(frozen, pythonTools, files, { label: 'frozen' });
    },
    packaged: vitest('packaged'),
    /** Of the app that was packed last, or of an installed program. */
    smoke(/** @type {Filters} */ { files: [program] = [] } = {}) {
      const own = program === undefined ? {} : { CACHIBOT_TEST_PROGRAM: resolve(program) };
      return runVitest({ ...here, env: { ...env, ...own } }, 'smoke');
    },
    async installers(/** @type {Filters} */ filters = {}) {
      if (process.platform === 'linux') await havePackageTools(work('Tools for packages', 'installers.log'));
      return runVitest(here, 'installers', filters);
    },
    async workflows() {
      const checks = workflowChecks(work('Workflows', 'workflows.log'));
      return sum(await runSuites(checks, say), { skippedCountsAsFailed: false });
    },
    chaos: vitest('chaos'),
    async updates(/** @type {Filters} */ filters = {}) {
      if (process.platform === 'linux') await havePackageTools(work('Tools for packages', 'updates.log'));
      return runVitest(here, 'updates', filters);
    },
  };
}

/**
 * Test files that start no server as a process, relative to root.
 * @param {string} root
 */
function pythonModules(root) {
  return readdirSync(join(root, 'test', 'python'), { recursive: true, encoding: 'utf8' })
    .map(name => `test/python/${name.replaceAll('\\', '/')}`)
    .filter(name => /\/test_[^/]+\.py$/.test(name) && !OF_THE_PROCESS.includes(name));
}
