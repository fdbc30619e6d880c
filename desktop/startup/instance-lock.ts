import { readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { whyUnwritable } from '../system/writable-folder';
import { startup } from '../words/startup';

/** Returns the message for a lock that could not be taken; undefined if another CachiBot has it. */
export function whyLockFailed(profile: string, { lockIsLink }: { lockIsLink: boolean }): string | undefined {
  const owner = readLink(join(profile, 'SingletonLock'));
  const [, pid] = /-(\d+)$/.exec(owner ?? '') ?? [];
  // Does not compare the host name, which may change with the network while the owner runs.
  if (pid !== undefined && Number(pid) !== process.pid && isRunning(Number(pid))) return undefined;
  // If Chromium cannot write to the profile, it reports that another instance has the lock.
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
