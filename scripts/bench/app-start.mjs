// @ts-check
import { runChild } from '../testing/child.mjs';

/**
 * @typedef {object} AppTimes milliseconds from the first line of the main process
 * @property {number} spawn the server is spawned
 * @property {number} windowShown
 * @property {number} firstText the page has painted text
 * @property {number} usable the window is shown and painted, and the API is ready
 */

/**
 * Starts the app with --smoke and returns the times that it reports.
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
