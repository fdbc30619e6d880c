// @ts-check
import { join } from 'node:path';
import { verdictLine } from '../bench/guard.mjs';
import { runChild } from './child.mjs';
import { results } from './results.mjs';

/**
 * Compares ratios of the app's start with their budgets, in a process of its own. Each budget counts as a test, which
 * has the name of the phase that grew.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export async function checkStartBudgets(root, env) {
  const args = [join(root, 'scripts', 'bench.mjs'), '--only', 'guard', '--json'];
  const { code, output } = await runChild(process.execPath, args, { cwd: root, env, quiet: true });
  const line = output.split('\n').find(text => text.startsWith('{'));
  if (line === undefined) throw new Error(`The benchmark failed with code ${code}: ${output.slice(-2000)}`);
  /** @type {import('../bench/guard.mjs').Verdict[]} */
  const verdicts = JSON.parse(line).verdicts;
  for (const verdict of verdicts) console.log(verdictLine(verdict));
  const grown = verdicts.filter(({ holds }) => !holds);
  return results({
    passed: verdicts.length - grown.length,
    failed: grown.map(verdict => ({ name: `Start: ${verdict.phase}`, detail: verdictLine(verdict) })),
  });
}
