// @ts-check
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { results } from './results.mjs';
import { LEFT_TO_CI } from './systems.mjs';

/** @typedef {import('./results.mjs').Results} Results */
/**
 * @typedef {object} TestRun
 * @property {string} root
 * @property {string} output folder for results files and screenshots
 * @property {NodeJS.ProcessEnv} env
 * @property {string} [node] the Node that runs the tests, if not this one
 * @property {boolean} retry runs a failed test again before it counts: only in CI, whose machines can be busy. Locally
 *   an unreliable test must fail.
 * @property {import('../offline/windows-python.mjs').Wrap} [wrap] returns the command that runs a command of another
 *   system here; its output passes through pipes, because wine's programs cannot write to a file of Linux
 * @property {number} [stallSeconds] ends a run of pytest in which no test finishes for so long
 * @property {'stdout' | 'stderr' | 'later'} show target of the test runners' output; `later`: to stdout, at the end
 * @property {number} [niceness] of the test runners: 0 is normal, 19 the lowest priority
 */
/** @typedef {'unit' | 'scripts' | 'real' | 'packaged' | 'smoke' | 'attack' | 'installers' | 'chaos' | 'updates' | 'windows'} Project */

/**
 * Runs one project of vitest.config.mts.
 * @param {TestRun} testRun
 * @param {Project} project
 * @param {{ files?: readonly string[], names?: readonly string[], all?: boolean }} [filters] `files`: words in paths;
 *   `names`: words in the names of tests; `all`: includes the tests tagged `left-to-ci`
 * @returns {Promise<Results>}
 */
export async function runVitest(testRun, project, { files = [], names = [], all = true } = {}) {
  const { root, output, retry, node = process.execPath } = testRun;
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const pattern = names.length > 0 ? [`--testNamePattern=${names.map(escaped).join('|')}`] : [];
  // With a filter, a project may have no matching file.
  const passWithNone = files.length > 0 ? ['--passWithNoTests'] : [];
  const retryOnce = retry && project !== 'unit' ? ['--retry=1'] : [];
  const tagged = all ? [] : [`--tags-filter=!${LEFT_TO_CI}`];
  const args = [vitest, 'run', '--project', project, ...passWithNone, ...retryOnce, ...tagged, ...pattern, ...files];
  return collect(`vitest, ${project}`, join(output, `vitest-${project}.json`), resultsFile =>
    runTests(testRun, node, args, resultsFile),
  );
}

/** Time that pytest has to end a stalled run itself, and to name the tests that have not finished. */
const STALL_GRACE_SECONDS = 60;

/** Two files in parallel, because most tests wait for a server. The tests of a file share a server and run together. */
const TWO_FILES = ['--numprocesses=2', '--dist=loadfile'];

/**
 * Runs test files of the server.
 * @param {TestRun} testRun
 * @param {string} pythonTools interpreter that has pytest
 * @param {readonly string[]} files
 * @param {{ label?: string, all?: boolean }} [options] `label`: for the name of the results file; `all`: includes the
 *   tests marked `left_to_ci`
 * @returns {Promise<Results>}
 */
export async function runPytest(testRun, pythonTools, files, { label = 'python', all = true } = {}) {
  const { output, retry } = testRun;
  /** @param {string} name @param {readonly string[]} more */
  const run = (name, more) =>
    collect('pytest', join(output, `pytest-${name}.json`), resultsFile => {
      const marked = all ? [] : ['-m', 'not left_to_ci'];
      const args = ['-m', 'pytest', '-q', ...TWO_FILES, ...marked, ...more, ...files];
      return runTests(testRun, pythonTools, args, resultsFile);
    });
  const first = await run(label, []);
  // pytest records failed tests at the end of a run, so `--last-failed` after an aborted run would repeat every test.
  if (!retry || first.failed.length === 0 || first.aborted) return first;
  console.log(`\nRunning ${first.failed.length} failed tests again:`);
  const second = await run(`${label}-again`, ['--last-failed']);
  const still = new Set(second.failed.map(({ name }) => name));
  const retried = first.failed.map(({ name }) => name).filter(name => !still.has(name));
  return { ...first, passed: first.passed + second.passed, failed: second.failed, retried };
}

/**
 * @param {TestRun} testRun
 * @param {string} command
 * @param {string[]} args
 * @param {string} resultsFile
 */
async function runTests({ root, env, show, wrap, stallSeconds, niceness = 0 }, command, args, resultsFile) {
  const limit = stallSeconds === undefined ? {} : { CACHIBOT_TEST_STALL_SECONDS: String(stallSeconds) };
  const own = { command, args, env: { ...env, ...limit, CACHIBOT_TEST_RESULTS: resultsFile } };
  const run = wrap === undefined ? own : wrap(own.command, own.args, own.env);
  const toStderr = show === 'stderr';
  const maxSilenceMs = stallSeconds === undefined ? undefined : (stallSeconds + STALL_GRACE_SECONDS) * 1000;
  const options = {
    cwd: root,
    env: run.env,
    quiet: show === 'later',
    toStderr,
    piped: show === 'later' || wrap !== undefined,
    maxSilenceMs,
    niceness,
  };
  const { code, output } = await runChild(run.command, run.args, options);
  if (show === 'later') console.log(output);
  return { code };
}

/**
 * Runs a test runner and reads the results file of its reporter.
 * @param {string} runner
 * @param {string} file
 * @param {(file: string) => Promise<{ code: number }>} run
 * @returns {Promise<Results>}
 */
async function collect(runner, file, run) {
  rmSync(file, { force: true });
  const { code } = await run(file);
  const crash = { name: runner, detail: `exited with code ${code}: see its output above` };
  if (!existsSync(file)) return results({ failed: [crash], aborted: true });
  /** @type {Results} */
  const found = JSON.parse(readFileSync(file, 'utf8'));
  return code !== 0 && found.failed.length === 0 ? { ...found, failed: [crash] } : found;
}

/** @param {string} word */
function escaped(word) {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
