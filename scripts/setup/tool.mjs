// @ts-check
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { constants } from 'node:os';
import { UserError, userErrorIn } from './user-error.mjs';

/** How often a long step says what its tool does, and how often while the tool says nothing new. */
const PROGRESS_MS = 15_000;
const SILENT_PROGRESS_MS = 60_000;

/**
 * @typedef {object} Work what a step is given to do its work with
 * @property {string} root the clone
 * @property {string} title of the step
 * @property {string} logFile
 * @property {(line: string) => void} say
 * @property {boolean} [showsOutput] of its tools, to who waits for it
 */

/**
 * Runs a tool to its end; its output goes to the log. Returns what it wrote to stdout.
 * Throws a UserError when it cannot be run or fails, with the reason where that is a common one.
 * @param {Work} work
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, limitMs?: number }} [options]
 * @returns {Promise<string>}
 */
export function runTool(work, command, args, { cwd = work.root, env = process.env, limitMs } = {}) {
  log(work, `\n$ ${command} ${args.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    // npm and other .cmd files need the shell on Windows; nothing here comes from outside the project.
    const shell = process.platform === 'win32' && !/\.exe$/i.test(command);
    const child = spawn(command, args, { cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let stdout = '';
    let recent = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text;
      keep(text);
    });
    child.stderr.setEncoding('utf8').on('data', keep);
    /** @param {string} text */
    function keep(text) {
      recent = (recent + text).slice(-8000);
      log(work, text);
      if (work.showsOutput) work.say(text.trimEnd());
    }

    const progress = reportProgress(work, () => lastLine(recent));
    const limit = limitMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), limitMs);

    // Ctrl-C reaches the tool by itself; a SIGTERM to us alone does not.
    const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
    /** @param {NodeJS.Signals} signal */
    const stop = signal => {
      child.kill('SIGTERM');
      process.exit(128 + constants.signals[signal]);
    };
    for (const signal of signals) process.once(signal, stop);

    /** @param {UserError | undefined} trouble */
    const end = trouble => {
      clearInterval(progress);
      clearTimeout(limit);
      for (const signal of signals) process.removeListener(signal, stop);
      if (trouble) reject(trouble);
      else resolve(stdout);
    };
    child.once('error', error => end(new UserError(`${command} could not be run: ${error.message}.`, '')));
    child.once('close', (code, signal) => {
      if (code === 0) return end(undefined);
      end(
        userErrorIn(work.title, recent) ??
          new UserError(
            `${work.title}: ${command} ended with ${signal ?? `code ${code}`}: ${lastLine(recent)}`,
            `(everything it said: ${work.logFile})`,
          ),
      );
    });
  });
}

/**
 * Says every now and then that a tool is still working. The timer that is returned must be cleared.
 * @param {Work} work
 * @param {() => string} readLastLine of the tool's output
 */
function reportProgress(work, readLastLine) {
  const started = Date.now();
  let said = { line: '', ms: started };
  return setInterval(() => {
    const now = { line: readLastLine(), ms: Date.now() };
    const silent = now.line === said.line;
    if (silent && now.ms - said.ms < SILENT_PROGRESS_MS) return;
    const seconds = Math.round((now.ms - started) / 1000);
    work.say(`      still working (${seconds} s)${silent ? ', no new output' : `: ${now.line}`}`);
    said = now;
  }, PROGRESS_MS);
}

/**
 * Runs npm, the very one that runs us where that is known.
 * @param {Work} work
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 */
export function runNpm(work, args, options) {
  // Without network npm would by default retry for over a minute. `npm start --silent` must not silence the log.
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
  // npm's last lines only name its own log; the line before says what is wrong.
  return lines.filter(line => line !== '' && !/complete log of this run|debug-0\.log/.test(line)).at(-1) ?? '';
}
