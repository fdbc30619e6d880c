// @ts-check
// `npm run mutants`: breaks the code on purpose, one named way after another; each must turn a test red.
// `npm run mutants -- WORD...` tries those with one of the words in their name.
import './setup/node-version.mjs';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BREAKAGES } from './mutants/breakages.mjs';
import { runChild } from './testing/child.mjs';
import { prepare } from './testing/prepare.mjs';
import { report, results } from './testing/results.mjs';
import { openScreen } from './testing/screen.mjs';

/** @typedef {import('./mutants/breakages.mjs').Breakage} Breakage */

/** All that the tests read, apart from the packages. */
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
const COMPILER = join('node_modules', 'typescript', 'bin', 'tsc');

const { place, pythonTools } = await prepare();
const words = process.argv.slice(2);
const chosen = BREAKAGES.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)));

// In a copy: whatever interrupts this, the clone is never left broken.
const copy = mkdtempSync(join(tmpdir(), 'cachibot-mutants-'));
process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const name of COPIED) cpSync(join(place.root, name), join(copy, name), { recursive: true });
symlinkSync(join(place.root, 'node_modules'), join(copy, 'node_modules'));
// The copy's name is in the environment of all that the tests start, by which it is found again.
const env = { ...place.env, ...(await openScreen()), NO_COLOR: '1', CACHIBOT_TEST_COPY: copy };

/** What came of tests on the code as it is. @type {Map<string, ReturnType<typeof run>>} */
const greens = new Map();
const total = results({ failed: [] });
for (const breakage of chosen) {
  const survived = await trial(breakage);
  if (survived === undefined) total.passed++;
  else total.failed.push({ name: breakage.name, detail: survived });
  console.log(`  ${survived === undefined ? 'caught  ' : 'SURVIVED'} ${breakage.name}`);
}
process.exitCode = report(total);
process.exit();

/**
 * Whether its tests are green with the code as it is, and red with the code broken.
 * @param {Breakage} breakage
 * @returns {Promise<string | undefined>} what is wrong, if anything is
 */
async function trial({ file, from, to, tests }) {
  const source = readFileSync(join(copy, file), 'utf8');
  if (source.split(from).length !== 2) return `${file} does not hold exactly once: ${from}`;
  const whole = await (greens.get(tests.join()) ?? run(tests));
  greens.set(tests.join(), Promise.resolve(whole));
  if (whole.code !== 0) return `${tests.join(' ')} is red without the breakage:\n${whole.output.slice(-2_000)}`;
  writeFileSync(
    join(copy, file),
    source.replace(from, () => to),
  );
  const broken = await run(tests);
  writeFileSync(join(copy, file), source);
  endLeftOver();
  return broken.code === 0 ? `${tests.join(' ')} stays green with: ${to}` : undefined;
}

/** What broken code has left running, which is what some breakages are about. */
function endLeftOver() {
  if (process.platform !== 'linux') return;
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'latin1').includes(copy)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  }
}

/**
 * Runs the tests in the copy as it is now.
 * @param {string[]} tests a file, and what to pick from it
 */
async function run(tests) {
  const [file = '', pick] = tests;
  const options = { cwd: copy, env, quiet: true };
  if (file.endsWith('.py')) {
    const args = ['-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider', file, ...(pick ? ['-k', pick] : [])];
    return runChild(pythonTools, args, options);
  }
  if (file.startsWith('test/real/')) {
    const built = await runChild(process.execPath, [COMPILER, '-p', 'desktop/tsconfig.json'], options);
    // A breakage that does not compile is caught by the compiler.
    if (built.code !== 0) return built;
    cpSync(join(copy, 'desktop', 'pages'), join(copy, 'out', 'pages'), { recursive: true });
  }
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  return runChild(process.execPath, [vitest, 'run', '--bail=1', file, ...(pick ? ['-t', pick] : [])], options);
}
