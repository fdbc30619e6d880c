// @ts-check
import { spawn } from 'node:child_process';

/** Running children, which are killed when a signal ends this process. */
const running = /** @type {Set<import('node:child_process').ChildProcess>} */ (new Set());
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]))
  process.once(signal, () => process.exit(code));

/**
 * Spawns a child that is killed when this process exits.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export function startChild(command, args, options) {
  const child = spawn(command, args, options);
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/**
 * Runs a program. Its output is passed through (only to stderr with `toStderr`), or returned if `quiet`. `piped`: it
 * writes to pipes in any case.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, quiet?: boolean, toStderr?: boolean, piped?: boolean }} options
 * @returns {Promise<{ code: number, output: string }>} code 127 if it cannot be run
 */
export function runChild(command, args, { cwd, env = process.env, quiet = false, toStderr = false, piped = quiet }) {
  const child = startChild(command, args, {
    cwd,
    env,
    stdio: piped ? ['ignore', 'pipe', 'pipe'] : ['inherit', toStderr ? 2 : 1, 2],
  });
  let output = '';
  const collect = (/** @type {NodeJS.WriteStream} */ target) => (/** @type {string} */ text) => {
    output += text;
    if (!quiet) target.write(text);
  };
  child.stdout?.setEncoding('utf8').on('data', collect(toStderr ? process.stderr : process.stdout));
  child.stderr?.setEncoding('utf8').on('data', collect(process.stderr));
  return new Promise(resolve => {
    child.once('error', error => resolve({ code: 127, output: `${command}: ${error.message}` }));
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}\n${signal}` : output }),
    );
  });
}
