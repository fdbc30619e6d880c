// @ts-check
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';

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
 * writes to pipes in any case. `maxSilenceMs`: if it writes nothing to its pipes for so long, it is killed, and its
 * children that keep the pipes open are not waited for. `niceness`: 0 is normal, 19 the lowest priority.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv | undefined, quiet?: boolean, toStderr?: boolean, piped?: boolean, maxSilenceMs?: number | undefined, niceness?: number }} options
 * @returns {Promise<{ code: number, output: string }>} code 127 if it cannot be run
 */
export function runChild(command, args, options) {
  const {
    cwd,
    env = process.env,
    quiet = false,
    toStderr = false,
    piped = quiet,
    maxSilenceMs,
    niceness = 0,
  } = options;
  const child = startChild(command, args, {
    cwd,
    env,
    stdio: piped ? ['ignore', 'pipe', 'pipe'] : ['inherit', toStderr ? 2 : 1, 2],
  });
  if (child.pid !== undefined && niceness !== 0) setPriority(child.pid, niceness);
  let output = '';
  /** @type {NodeJS.Timeout | undefined} */
  let silence;
  const collect = (/** @type {NodeJS.WriteStream} */ target) => (/** @type {string} */ text) => {
    output += text;
    silence?.refresh();
    if (!quiet) target.write(text);
  };
  child.stdout?.setEncoding('utf8').on('data', collect(toStderr ? process.stderr : process.stdout));
  child.stderr?.setEncoding('utf8').on('data', collect(process.stderr));
  return new Promise(resolve => {
    child.once('error', error => resolve({ code: 127, output: `${command}: ${error.message}` }));
    child.once('close', (code, signal) => {
      clearTimeout(silence);
      resolve({ code: code ?? 1, output: signal ? `${output}\n${signal}` : output });
    });
    if (maxSilenceMs !== undefined)
      silence = setTimeout(() => {
        child.kill('SIGKILL');
        child.stdout?.destroy();
        child.stderr?.destroy();
        const why = `${command} was killed, because it had written nothing for ${maxSilenceMs / 1000} s.`;
        if (!quiet) process.stderr.write(`\n${why}\n`);
        resolve({ code: 1, output: `${output}\n${why}` });
      }, maxSilenceMs);
  });
}
