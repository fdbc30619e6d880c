// @ts-check
// `npm run check`: all that can be known about the code in under a minute, without a window, a server or a network.
import './setup/node-version.mjs';
import { runChecks } from './testing/checks.mjs';
import { checkCommitSubjects } from './testing/commit-subjects.mjs';
import { prepare } from './testing/prepare.mjs';
import { report, sum } from './testing/results.mjs';
import { runVitest } from './testing/runners.mjs';

const { place, pythonTools, inCi } = await prepare();
const results = [
  await runChecks(place.root, pythonTools),
  checkCommitSubjects(place.root),
  await runVitest(place, 'unit'),
];
process.exitCode = report(sum(results, { skippedCountsAsFailed: inCi }));
