// @ts-check
// `npm run check`: types, lint and unit tests, in under a minute. Needs no window, server or network.
// With `-- --node-of-electron` the unit tests run with a Node of the same major version as the one in the pinned
// Electron, which is downloaded once.
import './setup/node-version.mjs';
import { join } from 'node:path';
import { IN_CI } from './setup/ci.mjs';
import { nodeOfElectron } from './setup/node-of-electron.mjs';
import { runChecks } from './testing/checks.mjs';
import { checkCommitSubjects } from './testing/commit-subjects.mjs';
import { prepare } from './testing/prepare.mjs';
import { report, sum } from './testing/results.mjs';
import { runVitest } from './testing/runners.mjs';

const { testRun, pythonTools } = await prepare();
const { root, output } = testRun;
const work = { root, title: 'Node of Electron', logFile: join(output, 'node.log'), say: console.log };
const node = process.argv.includes('--node-of-electron') ? await nodeOfElectron(work) : process.execPath;
const results = [
  await runChecks(root, pythonTools),
  checkCommitSubjects(root),
  await runVitest({ ...testRun, node }, 'unit'),
];
process.exitCode = report(sum(results, { skippedCountsAsFailed: IN_CI }));
