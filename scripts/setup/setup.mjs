// @ts-check
// The set-up of a clone. See step.mjs for the definition of a step that is done.
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellBuild } from './build.mjs';
import { electronRuntime } from './electron.mjs';
import { acquireLock } from './lock.mjs';
import { mutationPackages, nodePackages } from './node-packages.mjs';
import { backend, billWriter, freezer, interpreter, olderCachibot, pythonTools } from './python.mjs';
import { currentOutput, runStep } from './step.mjs';
import { findMissingPackages, installSystemPackages } from './system.mjs';
import { UserError, userErrorOf } from './user-error.mjs';

/**
 * @typedef {object} Ready
 * @property {string} electron path of the binary
 * @property {string} why which Electron this is, and why
 * @property {string} python interpreter of the server's environment
 * @property {string} pythonTools interpreter of the test tools' environment; exists only with the option `tests`
 */

/**
 * Sets up the clone: runs the steps that are not done, and prints each of them. Throws a UserError for a problem that
 * the user can fix.
 * @param {string} root
 * @param {{ tests?: boolean, say: (line: string) => void }} options `tests`: also sets up the test tools
 * @returns {Promise<Ready>}
 */
export async function setUp(root, { tests = false, say }) {
  /** @type {import('./step.mjs').Step<any>[]} */
  const common = [nodePackages(root), electronRuntime(root), backend(root), shellBuild(root)];
  const steps = tests ? [...common, pythonTools(root)] : common;
  await ensure(root, { steps, missing: findMissingPackages({ tests }), say });
  return {
    ...requireOutput(root, electronRuntime(root)),
    python: requireOutput(root, backend(root)).python,
    pythonTools: interpreter(root, 'python-dev'),
  };
}

/**
 * Sets up the environments of `npm run backend`, and the Node packages, one of which draws the page's diagrams.
 * @param {string} root
 * @param {{ say: (line: string) => void }} options
 * @returns {Promise<{ python: string, freezer: string, billWriter: string }>} interpreters of the environments
 */
export async function setUpFreezer(root, { say }) {
  await ensure(root, { steps: [nodePackages(root), backend(root), freezer(root), billWriter(root)], missing: [], say });
  return {
    python: requireOutput(root, backend(root)).python,
    freezer: requireOutput(root, freezer(root)).python,
    billWriter: requireOutput(root, billWriter(root)).python,
  };
}

/**
 * Sets up an older CachiBot, which one test needs.
 * @param {string} root
 * @param {{ say: (line: string) => void }} options
 */
export async function setUpOlderCachibot(root, { say }) {
  await ensure(root, { steps: [backend(root), olderCachibot(root)], missing: [], say });
}

/**
 * Installs the packages that only `npm run mutants` needs.
 * @param {string} root
 * @param {{ say: (line: string) => void }} options
 */
export async function setUpMutation(root, { say }) {
  await ensure(root, { steps: [mutationPackages(root)], missing: [], say });
}

/**
 * @param {string} root
 * @param {object} options
 * @param {import('./step.mjs').Step<any>[]} options.steps
 * @param {ReturnType<typeof findMissingPackages>} options.missing
 * @param {(line: string) => void} options.say
 */
async function ensure(root, { steps, missing, say }) {
  if (missing.length === 0 && steps.every(step => currentOutput(root, step) !== undefined)) return;
  try {
    await runSteps(root, { steps, missing, say });
  } catch (error) {
    throw error instanceof UserError ? error : (userErrorOf(error, root) ?? error);
  }
}

/**
 * @param {string} root
 * @param {object} options
 * @param {import('./step.mjs').Step<any>[]} options.steps
 * @param {ReturnType<typeof findMissingPackages>} options.missing
 * @param {(line: string) => void} options.say
 */
async function runSteps(root, { steps, missing, say }) {
  mkdirSync(join(root, '.setup'), { recursive: true });
  accessSync(join(root, '.setup'), constants.W_OK);
  const releaseLock = await acquireLock(root, say);
  try {
    const logFile = join(root, '.setup', 'setup.log');
    writeFileSync(logFile, `Set-up of ${new Date().toISOString()}, Node ${process.version}\n`);
    say(`Setting up ${root} (output of the tools: .setup/setup.log)`);
    if (missing.length > 0) {
      const title = 'System packages';
      say(`  - ${title}: ${missing.map(({ provides }) => provides).join(', ')}`);
      await timed(say, () => installSystemPackages({ root, title, logFile, say }, missing));
    }
    for (const [index, step] of steps.entries()) {
      if (currentOutput(root, step) !== undefined) continue;
      const { title } = step;
      say(`  ${index + 1}/${steps.length} ${title}: ${step.takes}`);
      await timed(say, () => runStep({ root, title, logFile, say }, step));
    }
  } finally {
    releaseLock();
  }
}

/**
 * @param {(line: string) => void} say
 * @param {() => Promise<unknown>} work
 */
async function timed(say, work) {
  const started = performance.now();
  await work();
  say(`      done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/**
 * @template {object} Made
 * @param {string} root
 * @param {import('./step.mjs').Step<Made>} step
 * @returns {Made}
 */
function requireOutput(root, step) {
  const output = currentOutput(root, step);
  if (output === undefined)
    throw new UserError(`${step.title}: changed while the set-up ran.`, 'Run the same command again.');
  return output;
}
