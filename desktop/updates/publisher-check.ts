import { execFile } from 'node:child_process';
import { windowsProgram } from '../system/windows-program';
import { words } from '../words/en';
import { commonName, isPublisher, readSignature, signatureScript } from './core/publisher';

interface Options {
  /** Address of the page where the user finds installers. */
  page: string;
  log(line: string): void;
  run?: typeof runProgram;
}

/** Time limit of PowerShell: it starts slowly on some machines, and Windows may fetch a root certificate. */
const LIMIT_MS = 60_000;

/**
 * Creates the check of a downloaded installer that electron-updater calls with the publishers in `app-update.yml`. It
 * returns why the installer is refused, or null. electron-updater's own check runs programs by name, in a console.
 */
export function publisherCheck({ page, log, run = runProgram }: Options) {
  const { publisherUnknown, signatureInvalid, otherPublisher } = words.updateProblem;
  return async (publishers: readonly string[], file: string): Promise<string | null> => {
    const args = ['-NoProfile', '-NonInteractive', '-Command', signatureScript(file)];
    const { output, failure } = await run(windowsProgram('powershell'), args, LIMIT_MS);
    const signature = readSignature(output.toString('utf8'));
    if (signature === undefined) {
      // A policy may forbid PowerShell. The SHA-512 in the signed manifest has been checked by now.
      log(`update: the publisher is not checked, because PowerShell did not run: ${failure ?? 'no output'}`);
      return null;
    }
    if (signature === 'unfinished') {
      log(`update: the publisher could not be checked: ${failure ?? 'no signature in the output'}`);
      return publisherUnknown(page);
    }
    const { status, signer } = signature;
    log(`update: the installer's signature is ${status}, by ${signer || 'nobody'}`);
    if (status !== 'Valid') return signatureInvalid(status, page);
    return isPublisher(signer, publishers) ? null : otherPublisher(commonName(signer), page);
  };
}

/** Runs a program without a window. Returns its output, and why it failed. */
export function runProgram(
  file: string,
  args: readonly string[],
  limitMs: number,
): Promise<{ output: Buffer; failure: string | undefined }> {
  return new Promise(resolve => {
    const options = { encoding: 'buffer', timeout: limitMs, windowsHide: true } as const;
    try {
      const child = execFile(file, args, options, (error, output, errors) => {
        const reason = errors.toString('utf8').trim() || error?.message;
        const failure = error?.killed ? `not finished after ${limitMs / 1000} s` : reason?.split(/\r?\n/)[0];
        resolve({ output, failure });
      });
      // PowerShell may wait for the end of its input.
      child.stdin?.end();
    } catch (error) {
      // A policy may forbid the program.
      resolve({ output: Buffer.alloc(0), failure: (error as Error).message });
    }
  });
}
