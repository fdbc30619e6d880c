// @ts-check
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../setup/build.mjs';
import { runChild } from '../testing/child.mjs';
import { results } from '../testing/results.mjs';
import { openScreen } from '../testing/screen.mjs';
import { filesToBreak } from './anchors.mjs';

/** @typedef {import('./breakages.mjs').Breakage} Breakage */

/** Everything that the tests read, except the packages. */
const COPIED = [
  '.gitattributes',
  '.github',
  'desktop',
  'test',
  'scripts',
  'build',
  'docs',
  'CHANGELOG.md',
  'electron-builder.yml',
  'tsconfig.json',
  'vitest.config.mts',
  'package.json',
  'package-lock.json',
  'pyproject.toml',
];

/**
 * Applies each breakage to a copy of the clone. Its test must pass before and fail after.
 * @param {import('../testing/runners.mjs').TestRun} testRun
 * @param {string} pythonTools interpreter that has pytest
 * @param {readonly Breakage[]} breakages
 */
export async function tryBreakages(testRun, pythonTools, breakages) {
  // In a copy, so that an interruption never leaves the clone broken.
  const copy = mkdtempSync(join(tmpdir(), 'cachibot-mutants-'));
  process.once('exit', () => {
    killRemaining(copy);
    rmSync(copy, { recursive: true, force: true });
  });
  const filter = (/** @type {string} */ path) => !path.endsWith('node_modules');
  for (const name of COPIED) cpSync(join(testRun.root, name), join(copy, name), { recursive: true, filter });
  symlinkSync(join(testRun.root, 'node_modules'), join(copy, 'node_modules'));
  // Every process that the tests start has the copy's path in its environment, so that it can be found and killed.
  const { env: screen } = await openScreen();
  const env = { ...testRun.env, ...screen, NO_COLOR: '1', CACHIBOT_TEST_COPY: copy };

  const total = results({ failed: [] });
  for (const breakage of breakages) {
    const survived = await tryBreakage({ copy, env, pythonTools }, breakage);
    if (survived === undefined) total.passed++;
    else total.failed.push({ name: breakage.name, detail: survived });
    console.log(`  ${survived === undefined ? 'caught  ' : 'SURVIVED'} ${breakage.name}`);
  }
  return total;
}

/** @typedef {{ copy: string, env: NodeJS.ProcessEnv, pythonTools: string }} Copy */

/**
 * @param {Copy} where
 * @param {Breakage} breakage
 * @returns {Promise<string | undefined>} why the breakage was not caught, if it was not
 */
async function tryBreakage(where, breakage) {
  const { pattern, replacement, tests } = breakage;
  const [file, ...others] = filesToBreak(where.copy, breakage);
  if (file === undefined || others.length > 0) return `The pattern must match exactly once: ${pattern}`;
  const intact = await run(where, tests);
  if (intact.code !== 0) return `${tests.join(' ')} fails without the breakage:\n${intact.output.slice(-2_000)}`;
  const path = join(where.copy, file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(path, source.replace(pattern, replacement));
  const broken = await run(where, tests);
  writeFileSync(path, source);
  killRemaining(where.copy);
  return broken.code === 0 ? `${tests.join(' ')} passes with ${file} broken: ${replacement}` : undefined;
}

/**
 * Kills processes that the tests left running, which is the effect of some breakages. Electron overwrites its
 * environment and is recognised by its working directory.
 * @param {string} copy
 */
function killRemaining(copy) {
  if (process.platform !== 'linux') return;
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      const known = `${readlinkSync(`/proc/${pid}/cwd`)}\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
      if (known.includes(copy)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // The process has just exited, or belongs to another user.
    }
  }
}

/**
 * Builds the copy if needed and runs the tests in it.
 * @param {Copy} where
 * @param {readonly string[]} tests the test file, and a part of the names of its tests
 */
async function run({ copy, env, pythonTools }, [file = '', pick]) {
  const options = { cwd: copy, env, quiet: true };
  if (file.endsWith('.py')) {
    const args = ['-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider', file, ...(pick ? ['-k', pick] : [])];
    return runChild(pythonTools, args, options);
  }
  if (file.startsWith('test/real/')) {
    try {
      await compile({ root: copy, title: 'Build', logFile: join(copy, 'build.log'), say() {} });
    } catch (error) {
      // A breakage that does not compile says nothing about the tests, so it counts as not caught.
      return { code: 0, output: String(error) };
    }
  }
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  return runChild(process.execPath, [vitest, 'run', '--bail=1', file, ...(pick ? ['-t', pick] : [])], options);
}
