// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { countJunit } from './junit-report.mjs';
import { countVitest } from './vitest-report.mjs';

/** @typedef {import('./counted.mjs').Counted} Counted */
/**
 * @typedef {object} Place
 * @property {string} root
 * @property {string} output
 * @property {NodeJS.ProcessEnv} env
 * @property {boolean} [again] what fails is tried once more before it counts: on a machine that others keep busy, as in
 *   CI. At a desk a test that is not steady shows at once.
 */

/**
 * @param {Place} place
 * @param {'fast' | 'scripts' | 'real' | 'packaged' | 'installers'} project of vitest.config.mts
 * @param {string[]} [filters]
 * @returns {Promise<Counted>}
 */
export async function runVitest({ root, output, env, again }, project, filters = []) {
  const file = join(output, `vitest-${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  // With a filter it is no failure that one of the projects has nothing of that name.
  const none = filters.length > 0 ? ['--passWithNoTests'] : [];
  const retry = again && project !== 'fast' ? ['--retry=1'] : [];
  const args = [vitest, 'run', '--project', project, ...reporters, ...none, ...retry, ...filters];
  const { code } = await runChild(process.execPath, args, { cwd: root, env });
  if (!existsSync(file)) return crashed(`vitest (${project})`, code);
  const counted = countVitest(JSON.parse(readFileSync(file, 'utf8')), root);
  return code !== 0 && counted.failed.length === 0 ? together(counted, crashed(`vitest (${project})`, code)) : counted;
}

/** Two files at a time: most tests wait for a server. A file's tests share one, and stay together. */
const TWO_FILES = ['--numprocesses=2', '--dist=loadfile'];

/**
 * @param {Place} place
 * @param {string} pythonTools interpreter that has pytest
 * @param {string[]} [filters]
 * @param {string} [what] is tested, for the name of the report
 * @returns {Promise<Counted>}
 */
export async function runPytest(place, pythonTools, filters = ['test/python'], what = 'python') {
  const first = await pytestOnce(place, pythonTools, filters, what);
  if (!place.again || first.failed.length === 0) return first;
  console.log(`\n${first.failed.length} failed, and are tried once more:`);
  const second = await pytestOnce(place, pythonTools, ['--last-failed', ...filters], `${what}-again`);
  return { ...first, passed: first.passed + second.passed, failed: second.failed };
}

/**
 * @param {Place} place
 * @param {string} pythonTools
 * @param {string[]} words
 * @param {string} what
 */
async function pytestOnce({ root, output, env }, pythonTools, words, what) {
  const file = join(output, `pytest-${what}.xml`);
  const args = ['-m', 'pytest', '-q', ...TWO_FILES, `--junitxml=${file}`, ...words];
  const { code } = await runChild(pythonTools, args, { cwd: root, env });
  if (!existsSync(file)) return crashed('pytest', code);
  const counted = countJunit(readFileSync(file, 'utf8'));
  return code !== 0 && counted.failed.length === 0 ? together(counted, crashed('pytest', code)) : counted;
}

/**
 * @param {string} name
 * @param {number} code
 * @returns {Counted}
 */
function crashed(name, code) {
  return { passed: 0, failed: [{ name, detail: `ended with code ${code}: see its output above` }], skipped: [] };
}

/**
 * @param {Counted} counted
 * @param {Counted} more
 * @returns {Counted}
 */
function together(counted, more) {
  return { ...counted, failed: [...counted.failed, ...more.failed] };
}
