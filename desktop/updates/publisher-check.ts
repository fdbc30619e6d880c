import { runPowerShell } from '../system/windows-program';
import { words } from '../words/en';
import { commonName, isPublisher, readSignature, signatureScript } from './core/publisher';

interface Options {
  /** Address of the page where the user finds installers. */
  page: string;
  log(line: string): void;
  run?: typeof runPowerShell;
}

/** Time limit of PowerShell: it starts slowly on some machines, and Windows may fetch a root certificate. */
const LIMIT_MS = 60_000;

/**
 * Creates the check of a downloaded installer that electron-updater calls with the publishers in `app-update.yml`. It
 * returns why the installer is refused, or null. electron-updater's own check runs programs by name, in a console.
 */
export function publisherCheck({ page, log, run = runPowerShell }: Options) {
  const { publisherUnknown, signatureInvalid, otherPublisher } = words.updateProblem;
  return async (publishers: readonly string[], file: string): Promise<string | null> => {
    const { output, failure } = await run(signatureScript(file), LIMIT_MS);
    const signature = readSignature(output);
    if (signature === undefined) {
      // A policy may forbid PowerShell. The SHA-512 in the signed manifest has been checked by now.
      log(`update: the publisher is not checked, because PowerShell did not run: ${failure?.reason ?? 'no output'}`);
      return null;
    }
    if (signature === 'unfinished') {
      log(`update: the publisher could not be checked: ${failure?.reason ?? 'no signature in the output'}`);
      return publisherUnknown(page);
    }
    const { status, signer } = signature;
    log(`update: the installer's signature is ${status}, by ${signer || 'nobody'}`);
    if (status !== 'Valid') return signatureInvalid(status, page);
    return isPublisher(signer, publishers) ? null : otherPublisher(commonName(signer), page);
  };
}
