// @ts-check
// `npm run mutants`: breaks the code on purpose; each time a test must fail. Stryker mutates the pure code and the
// supervisor; mutants/breakages.mjs lists breakages of the rest.
// `npm run mutants -- WORD...`: only the breakages whose name contains a word; a word that ends in .ts is a file for
// Stryker.
//   --record   writes the mutants that survive to test/mutation/survivors.json; skips the breakages
import './setup/node-version.mjs';
import { parseArgs } from 'node:util';
import { BREAKAGES } from './mutants/breakages.mjs';
import { runStryker } from './mutants/stryker.mjs';
import { tryBreakages } from './mutants/try-breakages.mjs';
import { prepare } from './testing/prepare.mjs';
import { report, sum } from './testing/results.mjs';

const { values, positionals } = parseArgs({ options: { record: { type: 'boolean' } }, allowPositionals: true });
const record = values.record ?? false;
const { testRun, pythonTools } = await prepare();
const files = positionals.filter(word => word.endsWith('.ts'));
const words = positionals.filter(word => !word.endsWith('.ts'));
const all = positionals.length === 0;
const chosen = BREAKAGES.filter(({ name }) => (all && !record) || words.some(word => name.includes(word)));

const total = [];
if (all || files.length > 0) total.push(await runStryker(testRun.root, { files, record }));
if (chosen.length > 0) total.push(await tryBreakages(testRun, pythonTools, chosen));
process.exitCode = report(sum(total, { skippedCountsAsFailed: false }));
process.exit();
