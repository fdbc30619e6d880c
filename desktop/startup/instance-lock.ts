import { mkdtempSync, readlinkSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { whyUnwritable } from '../system/writable-folder';
import { startup } from '../words/startup';

/** A socket's path has 104 bytes on macOS and 108 on Linux, and Chromium adds up to 56. */
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

/** Returns the message for a lock that could not be taken; undefined if another CachiBot has it. */
export function whyLockFailed(profile: string, { lockIsLink }: { lockIsLink: boolean }): string | undefined {
  const owner = readLink(join(profile, 'SingletonLock'));
  const [, pid] = /-(\d+)$/.exec(owner ?? '') ?? [];
  // Does not compare the host name, which may change with the network while the owner runs.
  if (pid !== undefined && Number(pid) !== process.pid && isRunning(Number(pid))) return undefined;
  // Chromium reports a folder that it cannot write to as one that is in use.
  const unwritable = whyUnwritable(profile);
  if (unwritable !== undefined) return startup.profileNotWritable(profile, unwritable);
  if (!lockIsLink) return undefined;
  const noLinks = whyNoLinks(profile);
  return noLinks === undefined ? startup.profileNotLocked(profile) : startup.noLinks(profile, noLinks);
}

function whyNoLinks(folder: string): string | undefined {
  const link = join(folder, `probe-link-${process.pid}`);
  try {
    symlinkSync('nowhere', link);
    unlinkSync(link);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function readLink(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined; // there is no lock
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
