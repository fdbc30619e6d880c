import { mkdtempSync, readlinkSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { whyUnwritable } from '../system/writable-folder';
import { startup } from '../words/startup';

/** A socket's path has 104 bytes on macOS and 108 on Linux, and Chromium adds up to 56. */
const LONGEST_FOLDER_BYTES = 48;

/**
 * The first of these folders that can hold the socket of the instance lock. Throws an Error that names each with its
 * problem when there is none: Chromium takes that for a lock that is held.
 */
export function temporaryFolder(candidates: readonly (string | undefined)[]): string {
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

/** Why the lock was refused although no other CachiBot holds it, as a message; undefined when one does. */
export function whyNotLocked(profile: string, { lockIsLink }: { lockIsLink: boolean }): string | undefined {
  const holder = target(join(profile, 'SingletonLock'));
  const [, pid] = /-(\d+)$/.exec(holder ?? '') ?? [];
  // The host's name is not compared: it changes with the network while the holder runs.
  if (pid !== undefined && Number(pid) !== process.pid && exists(Number(pid))) return undefined;
  // Chromium takes a folder that it cannot write to for one that is in use.
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

function target(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined; // there is no lock
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
