// @ts-check
// `npm run pins`: proposes newer versions of the server's packages and of the Node packages, including Electron, and
// tests them in a copy of the clone: the test suite, a freeze with its tests and size report, the tests of the frozen
// server, the bench. The clone itself does not change.
//   NAME...     also proposes newer versions of these packages, which are not in build/overrides.txt
//   --look      prints the proposal and does not test it
//   --accept    copies the proposed pins that passed into the clone
import './setup/node-version.mjs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { accept, proposalFolder, propose, recordPassed } from './pins/proposal.mjs';
import { findPython } from './setup/find-python.mjs';
import { findUv } from './setup/find-uv.mjs';
import { PYTHON_VERSION } from './setup/python.mjs';
import { UserError } from './setup/user-error.mjs';
import { runChild } from './testing/child.mjs';
import { report, sum } from './testing/results.mjs';
import { runSuites } from './testing/run-suites.mjs';

const DAY_MS = 86_400_000;
const root = resolve(fileURLToPath(import.meta.url), '../..');
const say = console.log;

try {
  const { values, positionals } = parseArgs({
    options: { look: { type: 'boolean' }, accept: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.accept) for (const file of accept(root)) say(file);
  else if (await printProposal(positionals)) {
    if (!values.look) process.exitCode = await testProposal();
  } else say('All pins are up to date.');
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/**
 * Creates the proposal and prints its changes. Returns whether there are any.
 * @param {string[]} extra packages that are not in build/overrides.txt yet
 */
async function printProposal(extra) {
  mkdirSync(join(root, '.setup'), { recursive: true });
  const work = { root, title: 'New pins', logFile: join(root, '.setup', 'pins.log'), say };
  writeFileSync(work.logFile, '');
  // Up to yesterday: more packages can still be released today, and two runs must see the same.
  const date = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
  const lines = await propose(work, await findUv(work, findPython(PYTHON_VERSION)), { date, extra });
  for (const line of lines) say(`  ${line}`);
  return lines.length > 0;
}

/** Runs the tests in the copy. Returns the exit code. */
async function testProposal() {
  /** @type {(name: string, ...args: string[]) => () => Promise<void>} */
  const command =
    (name, ...args) =>
    async () => {
      const { code } = await runChild(process.execPath, [join('scripts', name), ...args], {
        cwd: proposalFolder(root),
      });
      if (code !== 0) throw new Error(`${[name, ...args].join(' ')} exited with code ${code}: see its output above`);
    };
  const results = await runSuites({
    'Test suite with the new pins': command('test.mjs'),
    'Freeze with its tests and size report': command('backend.mjs'),
    'Tests of the frozen server': command('test.mjs', '--suite', 'frozen'),
    'Start times': command('bench.mjs'),
  });
  const code = report(sum(results, { skippedCountsAsFailed: true }));
  if (code === 0) {
    recordPassed(root);
    say('To accept them: npm run pins -- --accept. Then add the reasons to build/requirements.md.');
  }
  return code;
}
