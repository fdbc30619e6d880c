// @ts-check
import { runChild } from '../testing/child.mjs';

/**
 * @typedef {object} AppTimes milliseconds from the first line of the main process
 * @property {number} spawn the server's process is asked for
 * @property {number} windowShown
 * @property {number} firstText of the UI
 * @property {number} usable shown, painted, and the API ready
 */

/**
 * Starts the app with --smoke and takes its own word for the times.
 * @param {string[]} command
 * @param {{ env: NodeJS.ProcessEnv, data: string, cwd: string }} options
 * @returns {Promise<AppTimes>}
 */
export async function timeApp([file = '', ...args], { env, data, cwd }) {
  const { code, output } = await runChild(file, [...args, '--smoke', '--data', data], { cwd, env, quiet: true });
  const line = output.split('\n').find(text => text.startsWith('{"ok":true'));
  if (line === undefined) throw new Error(`${file} --smoke failed (code ${code}): ${output.slice(-2000)}`);
  const { spawn, windowShown, uiPainted, serverReady } = JSON.parse(line).phasesMs;
  return { spawn, windowShown, firstText: uiPainted, usable: Math.max(windowShown, uiPainted, serverReady) };
}
