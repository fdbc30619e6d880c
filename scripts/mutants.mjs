// @ts-check
// `npm run mutants`: breaks the code on purpose, in each way of the list in mutants/breakages.mjs; each time a test must
// fail. `npm run mutants -- WORD...` tries those with one of the words in their name.
import './setup/node-version.mjs';
import { BREAKAGES } from './mutants/breakages.mjs';
import { tryBreakages } from './mutants/try-breakages.mjs';
import { prepare } from './testing/prepare.mjs';
import { report } from './testing/results.mjs';

const { place, pythonTools } = await prepare();
const words = process.argv.slice(2);
const chosen = BREAKAGES.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)));
process.exitCode = report(await tryBreakages(place, pythonTools, chosen));
process.exit();
