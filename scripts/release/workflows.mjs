// @ts-check
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findAnyPython } from '../setup/find-python.mjs';
import { findUv } from '../setup/find-uv.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';
import { versionOf } from './versions.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

const WORKFLOWS = join('.github', 'workflows');
/** An action pinned by its commit, because a tag can be moved to other code. */
const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;

/**
 * Returns the checks of the workflows by name. Each throws an error with its problem.
 * @param {Work} work
 */
export function workflowChecks(work) {
  /** @type {Promise<string> | undefined} */
  let installed;
  const tools = () => (installed ??= installTools(work));
  return {
    'Every action is pinned by its commit': async () => {
      const notPinned = (await actionsOf(work.root)).filter(action => !PINNED.test(action));
      if (notPinned.length > 0)
        throw new UserError(`These actions are not pinned: ${notPinned.join(', ')}.`, 'Pin each to a commit.');
    },
    'The workflows are valid (actionlint)': async () => {
      const bin = await tools();
      const env = { ...process.env, PYTHONPATH: dirname(bin) };
      await runTool(work, join(bin, 'actionlint'), ['-shellcheck=', '-pyflakes=', ...files(work.root)], { env });
    },
    'The workflows are secure (zizmor)': async () => {
      await runTool(work, join(await tools(), 'zizmor'), ['--offline', '--no-progress', join(work.root, WORKFLOWS)]);
    },
    'The first job of a release runs (act)': async () => runPrepare(work, join(await tools(), 'act')),
  };
}

/**
 * Runs the commands of the release's first job with act, as for a tag. Omits actions, because act would download them.
 * @param {Work} work
 * @param {string} act
 */
async function runPrepare(work, act) {
  const { parse, stringify } = await import('yaml');
  const workflow = parse(readFileSync(join(work.root, WORKFLOWS, 'release.yml'), 'utf8'));
  const { prepare } = workflow.jobs;
  // act implements the checkout itself: it copies the clone.
  const steps = prepare.steps.filter(
    (/** @type {{ uses?: string }} */ { uses }) => uses === undefined || uses.startsWith('actions/checkout@'),
  );
  const folder = join(work.root, '.setup', 'workflows');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [file, event] = [join(folder, 'release.yml'), join(folder, 'event.json')];
  writeFileSync(file, stringify({ ...workflow, jobs: { prepare: { ...prepare, steps } } }));
  writeFileSync(event, JSON.stringify({ ref: `refs/tags/v${versionOf(work.root)}` }));
  // Run on this machine, not in a container.
  const options = ['--platform', 'ubuntu-24.04=-self-hosted', '--directory', work.root];
  const output = await runTool(work, act, ['push', '--workflows', file, '--eventpath', event, ...options]);
  if (!/all files have version \d/.test(output))
    throw new UserError('act did not run the first job.', `See ${work.logFile}.`);
}

/**
 * @param {Work} work
 * @returns {Promise<string>} the folder of the programs
 */
async function installTools(work) {
  const folder = join(work.root, '.setup', 'lint-tools');
  const python = findAnyPython();
  const uv = await findUv(work, python);
  const pinned = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '-r', 'build/lint-tools.txt'];
  const args = ['pip', 'install', '--target', folder, '--python', python ?? 'python3', ...pinned];
  await runTool(work, uv, args, { env: { ...process.env, UV_SYSTEM_CERTS: '1' } });
  return join(folder, 'bin');
}

/**
 * Returns all actions that the workflows use.
 * @param {string} root
 * @returns {Promise<string[]>}
 */
async function actionsOf(root) {
  const { parse } = await import('yaml');
  const workflows = files(root).map(file => parse(readFileSync(file, 'utf8')));
  const jobs = workflows.flatMap(workflow => Object.values(workflow.jobs));
  return jobs.flatMap(job => job.steps).flatMap((/** @type {{ uses?: string }} */ { uses }) => uses ?? []);
}

/** @param {string} root */
function files(root) {
  return readdirSync(join(root, WORKFLOWS)).map(name => join(root, WORKFLOWS, name));
}
