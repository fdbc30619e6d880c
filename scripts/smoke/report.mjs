// @ts-check
import { tmpdir } from 'node:os';
import { runChild } from '../testing/child.mjs';
import { expectGone } from './gone.mjs';

/**
 * Lets the app examine its own start, in a data folder it throws away. Returns its report; throws what is wrong.
 * @param {string} executable
 * @param {string[]} switches
 * @param {NodeJS.ProcessEnv} env
 */
export async function ownReport(executable, switches, env) {
  const { code, output } = await runChild(executable, [...switches, '--smoke'], { cwd: tmpdir(), env, quiet: true });
  const line = output.split('\n').find(text => text.startsWith('{'));
  if (line === undefined) throw new Error(`--smoke printed no report (code ${code}):\n${output}`);
  const report = JSON.parse(line);
  if (!report.ok || code !== 0) throw new Error(`--smoke failed (code ${code}): ${line}`);
  await expectGone({ port: report.server.port });
  return report;
}
