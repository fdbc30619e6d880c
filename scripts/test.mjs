// @ts-check
// `npm test`: everything. `npm test -- NAME...` runs only the test files with that in their path.
import './setup/node-version.mjs';
import { runChecks } from './testing/checks.mjs';
import { report, sum } from './testing/counted.mjs';
import { prepare } from './testing/prepare.mjs';
import { openScreen } from './testing/screen.mjs';
import { runPytest, runVitest } from './testing/suites.mjs';

const { place, pythonTools, inCi } = await prepare();
const withScreen = { ...place, env: { ...place.env, ...(await openScreen()) } };
const filters = process.argv.slice(2);

process.exitCode = report(sum(await (filters.length > 0 ? some() : all()), { skippedCountsAsFailed: inCi }));
// The screen would keep this process alive.
process.exit();

async function all() {
  return [
    await runChecks(place.root, pythonTools),
    await runVitest(place, 'fast'),
    await runPytest(place, pythonTools),
    await runVitest(withScreen, 'real'),
  ];
}

async function some() {
  const python = filters.filter(name => name.endsWith('.py') || name.startsWith('test/python'));
  const others = filters.filter(name => !python.includes(name));
  const results = [];
  if (python.length > 0) results.push(await runPytest(place, pythonTools, python));
  if (others.length > 0)
    results.push(await runVitest(place, 'fast', others), await runVitest(withScreen, 'real', others));
  return results;
}
