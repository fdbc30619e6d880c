import { mkdirSync, mkdtempSync, readlinkSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/**
 * Removes the temporary folder of an instance lock whose holder died without an end. Chromium replaces such a lock, and
 * leaves the folder it led to for ever. Before the lock is asked for; Windows has no such folder.
 */
export function sweepInstanceLock(profile: string): void {
  // In this order: should another launch take the lock in between, its holder lives.
  const socket = target(join(profile, 'SingletonSocket'));
  const holder = target(join(profile, 'SingletonLock'));
  if (socket === undefined || holder === undefined || basename(socket) !== 'SingletonSocket') return;
  const [, host, pid] = /^(.*)-(\d+)$/.exec(holder) ?? [];
  if (host !== hostname() || exists(Number(pid))) return;
  try {
    for (const name of ['SingletonCookie', 'SingletonSocket']) unlinkSync(join(dirname(socket), name));
    rmdirSync(dirname(socket));
  } catch {
    // Removed already, or more is in it than Chromium puts there: it is not the folder we took it for.
  }
}

/**
 * Why there is no lock to be had when nobody need be holding it: what the system says to a file in the profile.
 * Chromium takes a folder that it cannot write to for one that is in use.
 */
export function whyUnwritable(profile: string): string | undefined {
  try {
    mkdirSync(profile, { recursive: true });
    const probe = mkdtempSync(join(profile, 'probe-'));
    try {
      writeFileSync(join(probe, 'file'), 'x');
    } finally {
      rmSync(probe, { recursive: true, force: true });
    }
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
