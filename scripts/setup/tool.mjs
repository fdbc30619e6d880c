// @ts-check
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { constants } from 'node:os';
import { UserError, userErrorIn } from './user-error.mjs';

/** Interval of the progress lines of a running tool, and their interval while the tool prints nothing. */
const PROGRESS_MS = 15_000;
const SILENT_PROGRESS_MS = 60_000;

/**
 * @typedef {object} Work the context of a task that runs tools
 * @property {string} root the clone
 * @property {string} title of the task, for messages
 * @property {string} logFile receives the output of the tools
 * @property {(line: string) => void} say prints a line for the user
 * @property {boolean} [showsOutput] also prints the output of the tools
 */

/**
 * Runs a tool and writes its output to the log. Returns its stdout.
 * Throws a UserError if it cannot be run or fails, with the cause if it is a common one.
 * @param {Work} work
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, limitMs?: number }} [options]
 * @returns {Promise<string>}
 */
export function runTool(work, command, args, { cwd = work.root, env = process.env, limitMs } = {}) {
  log(work, `\n$ ${command} ${args.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    // npm and other .cmd files need a shell on Windows. All arguments come from this project.
    const shell = process.platform === 'win32' && !/\.exe$/i.test(command);
    const child = spawn(command, args, { cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let stdout = '';
    let recent = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text;
      record(text);
    });
    child.stderr.setEncoding('utf8').on('data', record);
    /** @param {string} text */
    function record(text) {
      recent = (recent + text).slice(-8000);
      log(work, text);
      if (work.showsOutput) work.say(text.trimEnd());
    }

    const progress = reportProgress(work, () => lastLine(recent));
    const limit = limitMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), limitMs);

    // The terminal sends Ctrl-C to the tool, too, but a SIGTERM reaches only this process.
    const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
    /** @param {NodeJS.Signals} signal */
    const stop = signal => {
      child.kill('SIGTERM');
      process.exit(128 + constants.signals[signal]);
    };
    for (const signal of signals) process.once(signal, stop);

    /** @param {UserError | undefined} error */
    const end = error => {
      clearInterval(progress);
      clearTimeout(limit);
      for (const signal of signals) process.removeListener(signal, stop);
      if (error) reject(error);
      else resolve(stdout);
    };
    child.once('error', error => end(new UserError(`${command} could not be run: ${error.message}.`, '')));
    child.once('close', (code, signal) => {
      if (code === 0) return end(undefined);
      end(
        userErrorIn(work.title, recent) ??
          new UserError(
            `${work.title}: ${command} exited with ${signal ?? `code ${code}`}: ${lastLine(recent)}`,
            `(full output: ${work.logFile})`,
          ),
      );
    });
  });
}

/**
 * Prints at intervals that a tool is still working. Returns the timer, which the caller must clear.
 * @param {Work} work
 * @param {() => string} readLastLine of the tool's output
 */
function reportProgress(work, readLastLine) {
  const started = Date.now();
  let printed = { line: '', ms: started };
  return setInterval(() => {
    const now = { line: readLastLine(), ms: Date.now() };
    const silent = now.line === printed.line;
    if (silent && now.ms - printed.ms < SILENT_PROGRESS_MS) return;
    const seconds = Math.round((now.ms - started) / 1000);
    work.say(`      still working (${seconds} s)${silent ? ', no new output' : `: ${now.line}`}`);
    printed = now;
  }, PROGRESS_MS);
}

/**
 * Runs npm: the npm that started this command, if known, else `npm` from PATH.
 * @param {Work} work
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 */
export function runNpm(work, args, options) {
  // Without network, npm retries for over a minute by default. `npm start --silent` must not silence the log.
  const quick = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000', '--loglevel=notice'];
  const own = process.env['npm_execpath'];
  return own?.endsWith('npm-cli.js')
    ? runTool(work, process.execPath, [own, ...args, ...quick], options)
    : runTool(work, 'npm', [...args, ...quick], options);
}

/**
 * @param {Work} work
 * @param {string} text
 */
function log(work, text) {
  try {
    appendFileSync(work.logFile, text);
  } catch {
    // A full disk must not hide the tool's own message about the full disk.
  }
}

/** @param {string} text */
function lastLine(text) {
  const lines = text.split(/[\r\n]+/).map(line => line.trim());
  // npm's last lines only name its own log; the error is in an earlier line.
  return lines.filter(line => line !== '' && !/complete log of this run|debug-0\.log/.test(line)).at(-1) ?? '';
}
