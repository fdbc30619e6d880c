// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { countJunit } from './junit-report.mjs';
import { countVitest } from './vitest-report.mjs';

/** @typedef {import('./counted.mjs').Counted} Counted */
/** @typedef {{ root: string, output: string, env: NodeJS.ProcessEnv }} Place */

/**
 * @param {Place} place
<<<<<<< HEAD
 * @param {'fast' | 'scripts' | 'real' | 'packaged' | 'installers'} project of vitest.config.mts
=======
 * @param {'fast' | 'real' | 'packaged' | 'installers'} project of vitest.config.mts
>>>>>>> 050d71e (Make installers that carry their papers, install them for real, and write down the way to a release)
 * @param {string[]} [filters]
 * @returns {Promise<Counted>}
 */
export async function runVitest({ root, output, env }, project, filters = []) {
  const file = join(output, `vitest-${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  // With a filter it is no failure that one of the projects has nothing of that name.
  const none = filters.length > 0 ? ['--passWithNoTests'] : [];
  const args = [vitest, 'run', '--project', project, ...reporters, ...none, ...filters];
  const { code } = await runChild(process.execPath, args, { cwd: root, env });
  if (!existsSync(file)) return crashed(`vitest (${project})`, code);
  const counted = countVitest(JSON.parse(readFileSync(file, 'utf8')), root);
  return code !== 0 && counted.failed.length === 0 ? together(counted, crashed(`vitest (${project})`, code)) : counted;
}

/**
 * @param {Place} place
 * @param {string} pythonTools interpreter that has pytest
 * @param {string[]} [filters]
 * @param {string} [what] is tested, for the name of the report
 * @returns {Promise<Counted>}
 */
export async function runPytest({ root, output, env }, pythonTools, filters = ['test/python'], what = 'python') {
  const file = join(output, `pytest-${what}.xml`);
  const args = ['-m', 'pytest', '-q', `--junitxml=${file}`, ...filters];
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
