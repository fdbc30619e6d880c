// @ts-check
// `npm run pins`: proposes newer versions of the server's packages and of the Node packages, Electron among them, and
// tries them in a copy of the clone: the suite, a
// freeze with its proofs and its size report, the tests of the frozen server, the bench. The clone stays as it is.
//   NAME...     lifts these, too, which are held back until now
//   --look      says what would be proposed, and tries nothing
//   --accept    makes the pins that have passed the clone's own
import './setup/node-version.mjs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { accept, notePassed, proposalOf, propose } from './pins/proposal.mjs';
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
  else if (await differs(positionals)) {
    if (!values.look) process.exitCode = await tryThem();
  } else say('There is nothing newer.');
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/**
 * Makes the proposal and says what is in it.
 * @param {string[]} also
 */
async function differs(also) {
  mkdirSync(join(root, '.setup'), { recursive: true });
  const work = { root, title: 'New pins', logFile: join(root, '.setup', 'pins.log'), say };
  writeFileSync(work.logFile, '');
  // Yesterday: of a day that is not over, another run might see more.
  const date = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
  const lines = await propose(work, await findUv(work, findPython(PYTHON_VERSION)), { date, also });
  for (const line of lines) say(`  ${line}`);
  return lines.length > 0;
}

/** Runs the commands of the copy. Returns the exit code. */
async function tryThem() {
  /** @type {(name: string, ...args: string[]) => () => Promise<void>} */
  const command =
    (name, ...args) =>
    async () => {
      const { code } = await runChild(process.execPath, [join('scripts', name), ...args], { cwd: proposalOf(root) });
      if (code !== 0) throw new Error(`${[name, ...args].join(' ')} exited with code ${code}: see its output above`);
    };
  const results = await runSuites({
    'The suite, on the new pins': command('test.mjs'),
    'The freeze, its proofs, and what it weighs': command('backend.mjs'),
    'The tests of the frozen server': command('test.mjs', '--suite', 'frozen'),
    'How long starts take': command('bench.mjs'),
  });
  const code = report(sum(results, { skippedCountsAsFailed: true }));
  if (code === 0) {
    notePassed(root);
    say('To take them: npm run pins -- --accept; and build/requirements.md says why.');
  }
  return code;
}
