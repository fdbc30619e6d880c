import { type ChildProcess, spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import {
  type LoginEnvironment,
  loginShellOf,
  readOutput,
  shellCommand,
  shellEnvironment,
} from './core/login-environment';

/** Files of shells that take longer than this hang, or wait for the user. */
const LIMIT_MS = 10_000;
/** Most output before the variables, in characters. */
const OUTPUT_CHARACTERS = 1_000_000;
/** Time after the exit for the last output to arrive. */
const LAST_OUTPUT_MS = 100;

interface Options {
  caller: NodeJS.ProcessEnv;
  /** Variables of the app that the shell does not get. */
  without: readonly string[];
  home: string;
  limitMs?: number;
  log(line: string): void;
}

/** The result of one start of the shell: the variables, or why there are none. */
type Attempt = LoginEnvironment | { problem: string; timedOut: boolean };

/**
 * Reads the variables of the user's login shell, in a session of its own without a terminal. Never rejects: if the shell
 * fails, the log says why, and there are no variables.
 */
export async function readLoginShell({
  caller,
  limitMs = LIMIT_MS,
  log,
  ...options
}: Options): Promise<LoginEnvironment> {
  const shell = loginShellOf(caller, shellOfAccount());
  if (shell === undefined) {
    log('the user has no login shell, so agents get the environment of the desktop only');
    return {};
  }
  const startedAt = performance.now();
  const run = (interactive: boolean) =>
    runShell(shell, interactive, { ...options, caller, limitMs: limitMs - (performance.now() - startedAt) }).catch(
      (error: Error): Attempt => ({ problem: `could not be started (${error.message})`, timedOut: false }),
    );
  let attempt = await run(true);
  // `.bashrc` may exit, or replace the shell by another. A login shell that is not interactive does not read it.
  if (isProblem(attempt) && !attempt.timedOut) {
    log(`the interactive login shell ${shell} ${attempt.problem}. CachiBot starts it again, not interactive.`);
    attempt = await run(false);
  }
  if (isProblem(attempt)) {
    log(`the login shell ${shell} ${attempt.problem}, so agents get the environment of the desktop only`);
    return {};
  }
  const ms = Math.round(performance.now() - startedAt);
  log(`read from the login shell ${shell} in ${ms} ms: ${Object.keys(attempt).join(', ') || 'nothing'}`);
  return attempt;
}

function isProblem(attempt: Attempt): attempt is Exclude<Attempt, LoginEnvironment> {
  return 'timedOut' in attempt;
}

function shellOfAccount(): string | null {
  try {
    return userInfo().shell;
  } catch {
    return null; // the user is not in the system's list
  }
}

interface RunOptions extends Omit<Options, 'log'> {
  limitMs: number;
}

function runShell(shell: string, interactive: boolean, options: RunOptions): Promise<Attempt> {
  const { caller, without, home, limitMs } = options;
  const marker = `cachibot-${Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex')}`;
  const { args, argv0 } = shellCommand(shell, marker, interactive);
  return new Promise(resolve => {
    const child = spawn(shell, args, {
      ...(argv0 === undefined ? {} : { argv0 }),
      cwd: home,
      env: shellEnvironment(caller, without),
      // A shell with a terminal would stop as a background process.
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const kill = () => killGroup(child.pid);
    const fail = (problem: string, timedOut = false) => resolve({ problem, timedOut });
    // Not cleared when the variables are read: what the shell does when it exits may hang, too.
    const limit = setTimeout(() => {
      kill();
      fail(`did not end within ${Math.round(limitMs)} ms`, true);
    }, limitMs);
    child.once('error', error => {
      clearTimeout(limit);
      fail(`could not be started (${error.message})`);
    });
    process.once('exit', kill);
    const watchdog = watch(child.pid);
    // Its last output may come after its exit. Programs that it has started may hold the pipe, and continue.
    child.once('exit', (code, signal) => {
      clearTimeout(limit);
      process.off('exit', kill);
      watchdog?.kill('SIGKILL');
      setTimeout(() => {
        child.stdout.destroy();
        fail(`ended with ${signal ?? `code ${code}`} before it printed its variables`);
      }, LAST_OUTPUT_MS);
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const values = readOutput(output, marker);
      if (values !== undefined) {
        child.stdout.destroy();
        return resolve(values);
      }
      if (output.length <= OUTPUT_CHARACTERS) return;
      kill();
      fail('prints without end');
    });
  });
}

/**
 * Starts a process that kills the shell's group when the app is killed, in which case nothing else does: the end of the
 * app closes the process's stdin. End it when the shell has exited: the group may have programs that keep running.
 */
function watch(leader: number | undefined): ChildProcess | undefined {
  if (leader === undefined) return undefined;
  const watchdog = spawn('/bin/sh', ['-c', `read -r line; kill -9 -${leader}`], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return watchdog.on('error', () => {}); // without it, a shell that hangs may outlive an app that is killed
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // ESRCH: it has ended.
  }
}
