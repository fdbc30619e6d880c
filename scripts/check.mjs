// @ts-check
// `npm run check`: types, lint and unit tests, in under a minute. Needs no window, server or network.
import './setup/node-version.mjs';
import { IN_CI } from './setup/ci.mjs';
import { runChecks } from './testing/checks.mjs';
import { checkCommitSubjects } from './testing/commit-subjects.mjs';
import { prepare } from './testing/prepare.mjs';
import { report, sum } from './testing/results.mjs';
import { runVitest } from './testing/runners.mjs';

const { testRun, pythonTools } = await prepare();
const results = [
  await runChecks(testRun.root, pythonTools),
  checkCommitSubjects(testRun.root),
  await runVitest(testRun, 'unit'),
];
process.exitCode = report(sum(results, { skippedCountsAsFailed: IN_CI }));
