import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { lastLine } from '../server/core/last-line';

/** The server's program, and an environment in which it finds the same data as the running server. */
export interface ServerCommand {
  file: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** The folder in which it runs. */
  home: string;
}

export interface Outcome {
  /** Exit code of the server; -1 if it could not be run, or was killed. */
  code: number;
  /** The last line that the server wrote, which is for the user. */
  message: string;
}

const MAX_CHARACTERS = 100_000;

/** Runs a command of the server until it exits. A password is passed on stdin, where no other program can read it. */
export async function runServerCommand(
  server: ServerCommand,
  args: readonly string[],
  password?: string,
): Promise<Outcome> {
  try {
    mkdirSync(server.home, { recursive: true });
    return await run(server, args, password);
  } catch (error) {
    return { code: -1, message: (error as Error).message };
  }
}

function run(server: ServerCommand, args: readonly string[], password: string | undefined): Promise<Outcome> {
  const { file, args: first, env, home } = server;
  const all = [...first, ...args, ...(password === undefined ? [] : ['--password-stdin'])];
  return new Promise(resolve => {
    const child = spawn(file, all, { env, cwd: home, windowsHide: true, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', text => (output = (output + text).slice(-MAX_CHARACTERS)));
    child.stderr.on('data', text => (errors = (errors + text).slice(-MAX_CHARACTERS)));
    child.once('error', error => resolve({ code: -1, message: error.message }));
    child.once('close', (code, signal) => {
      const message = lastLine(code === 0 ? output : errors) ?? `${file} ended with ${signal ?? `code ${code}`}.`;
      resolve({ code: code ?? -1, message });
    });
    child.stdin.on('error', () => {}); // the server has exited, and its code says why
    child.stdin.end(password === undefined ? '' : `${password}\n`);
  });
}
