// @ts-check
// The set-up of a clone, from nothing to ready to start. See step.mjs for what "done" means.
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellBuild } from './build.mjs';
import { electronRuntime } from './electron.mjs';
import { acquireLock } from './lock.mjs';
import { mutationPackages, nodePackages } from './node-packages.mjs';
import { backend, billWriter, freezer, interpreter, pythonTools } from './python.mjs';
import { make, whatStands } from './step.mjs';
import { installIntoSystem, missingFromSystem } from './system.mjs';
import { UserError, userErrorOf } from './user-error.mjs';

/**
 * @typedef {object} Ready
 * @property {string} electron path of the binary
 * @property {string} why which Electron this is, and why
 * @property {string} python of the server's environment
 * @property {string} pythonTools interpreter of the environment with the test tools, there when they were asked for
 */

/**
 * Brings the clone up to date and returns where things are. Says what it does as it goes, and nothing at all when
 * there is nothing to do. Throws a UserError for what the user can put right.
 * @param {string} root
 * @param {{ tests?: boolean, say: (line: string) => void }} options `tests`: what the tests need, too
 * @returns {Promise<Ready>}
 */
export async function setUp(root, { tests = false, say }) {
  /** @type {import('./step.mjs').Step<any>[]} */
  const parts = [nodePackages(root), electronRuntime(root), backend(root), shellBuild(root)];
  const steps = tests ? [...parts, pythonTools(root)] : parts;
  await ensure(root, { steps, missing: missingFromSystem({ tests }), say });
  return {
    ...standing(root, electronRuntime(root)),
    python: standing(root, backend(root)).python,
    pythonTools: interpreter(root, 'python-dev'),
  };
}

/**
 * The same for what `npm run backend` needs, which is less.
 * @param {string} root
 * @param {{ say: (line: string) => void }} options
 * @returns {Promise<{ python: string, freezer: string, billWriter: string }>} interpreters of the environments
 */
export async function setUpFreezer(root, { say }) {
  await ensure(root, { steps: [backend(root), freezer(root), billWriter(root)], missing: [], say });
  return {
    python: standing(root, backend(root)).python,
    freezer: standing(root, freezer(root)).python,
    billWriter: standing(root, billWriter(root)).python,
  };
}

/**
 * Installs what only `npm run mutants` needs.
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
 * @param {ReturnType<typeof missingFromSystem>} options.missing
 * @param {(line: string) => void} options.say
 */
async function ensure(root, { steps, missing, say }) {
  if (missing.length === 0 && steps.every(step => whatStands(root, step) !== undefined)) return;
  try {
    await bringUpToDate(root, { steps, missing, say });
  } catch (error) {
    throw error instanceof UserError ? error : (userErrorOf(error, root) ?? error);
  }
}

/**
 * @param {string} root
 * @param {object} options
 * @param {import('./step.mjs').Step<any>[]} options.steps
 * @param {ReturnType<typeof missingFromSystem>} options.missing
 * @param {(line: string) => void} options.say
 */
async function bringUpToDate(root, { steps, missing, say }) {
  mkdirSync(join(root, '.setup'), { recursive: true });
  accessSync(join(root, '.setup'), constants.W_OK);
  const endTurn = await acquireLock(root, say);
  try {
    const logFile = join(root, '.setup', 'setup.log');
    writeFileSync(logFile, `Set-up of ${new Date().toISOString()}, Node ${process.version}\n`);
    say(`Setting up ${root} (what the tools say goes to .setup/setup.log)`);
    if (missing.length > 0) {
      const title = 'System packages';
      say(`  - ${title}: ${missing.map(({ has }) => has).join(', ')}`);
      await timed(say, () => installIntoSystem({ root, title, logFile, say }, missing));
    }
    for (const [index, step] of steps.entries()) {
      if (whatStands(root, step) !== undefined) continue;
      const { title } = step;
      say(`  ${index + 1}/${steps.length} ${title}: ${step.takes}`);
      await timed(say, () => make({ root, title, logFile, say }, step));
    }
  } finally {
    endTurn();
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
function standing(root, step) {
  const made = whatStands(root, step);
  if (made === undefined)
    throw new UserError(`${step.title}: changed while the set-up ran.`, 'Run the same command again.');
  return made;
}
