import { mkdtempSync, rmdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { startup } from '../words/startup';

/** A socket's path may have 104 bytes on macOS and 108 on Linux; Chromium appends up to 56 to the folder's path. */
const LONGEST_FOLDER_BYTES = 48;

/**
 * Returns the first of these folders that can hold the socket of the instance lock. When none can, throws an Error with a
 * message for the user: Chromium would report only that another instance has the lock.
 */
export function chooseTemporaryFolder(candidates: readonly (string | undefined)[]): string {
  const problems: string[] = [];
  for (const folder of new Set(candidates)) {
    if (!folder) continue;
    const problem = whyNoSocket(folder);
    if (problem === undefined) return folder;
    problems.push(`${folder}: ${problem}`);
  }
  throw new Error(startup.noTemporaryFolder(problems));
}

function whyNoSocket(folder: string): string | undefined {
  if (!isAbsolute(folder)) return startup.notAbsolute;
  if (Buffer.byteLength(folder) > LONGEST_FOLDER_BYTES) return startup.tooLongForSocket;
  try {
    const probe = mkdtempSync(join(folder, 'cachibot-probe-'));
    rmdirSync(probe);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
