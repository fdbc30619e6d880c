import { type ExecFileException, execFile } from 'node:child_process';

interface Options {
  /** Time after which the program is killed. */
  limitMs: number;
  /** Length of the output after which the program is killed. */
  limitBytes?: number;
  /** The app's own environment if it is missing. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

export interface ProgramResult {
  /** The standard output, also of a program that failed. */
  output: string;
  errors: string;
  /**
   * Undefined after exit code 0. `code`: the exit code, the signal, or Node's code, such as ENOENT. `reason`: the limit
   * that was exceeded, the first line of `errors`, or Node's message.
   */
  failure: { code: number | string; reason: string } | undefined;
}

const LIMIT_BYTES = 1_000_000;

/** Runs a program to its end, without a window, a shell or input. Never rejects: `failure` says why it failed. */
export function runProgram(
  file: string,
  args: readonly string[],
  { limitMs, limitBytes = LIMIT_BYTES, ...rest }: Options,
): Promise<ProgramResult> {
  return new Promise(resolve => {
    // A program may ignore SIGTERM.
    const limits = { timeout: limitMs, maxBuffer: limitBytes, killSignal: 'SIGKILL' } as const;
    const report = (error: ExecFileException | null, output: string, errors: string) =>
      resolve({ output, errors, failure: error ? failureOf(error, errors, limitMs) : undefined });
    try {
      const child = execFile(file, args, { ...rest, ...limits, windowsHide: true }, report);
      // A program may wait for the end of its input: PowerShell does.
      child.stdin?.end();
    } catch (error) {
      // A policy forbids the program.
      report(error as ExecFileException, '', '');
    }
  });
}

function failureOf(error: ExecFileException, errors: string, limitMs: number): ProgramResult['failure'] {
  const code = error.code ?? error.signal ?? 'failed';
  if (error.killed && code === 'SIGKILL') return { code, reason: `not finished after ${limitMs / 1000} s` };
  const said = code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' ? '' : errors.trim();
  return { code, reason: (said || error.message).split(/\r?\n/)[0] ?? '' };
}
