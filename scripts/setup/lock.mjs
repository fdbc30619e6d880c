// @ts-check
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Acquires the set-up lock of this clone: waits while another process owns it, and takes over the lock of a dead
 * process. The lock is released by the returned function or when this process exits.
 * @param {string} root its .setup folder must exist
 * @param {(line: string) => void} say
 * @returns {Promise<() => void>}
 */
export async function acquireLock(root, say) {
  const file = join(root, '.setup', 'lock');
  let announced = false;
  while (!tryAcquire(file)) {
    const owner = ownerOf(file);
    if (owner === undefined || !isAlive(owner)) {
      removeStaleLock(file, owner);
      continue;
    }
    if (!announced) say(`Another set-up (process ${owner}) is running in this clone; waiting for it to finish.`);
    announced = true;
    await pause(200);
  }
  const release = () => {
    if (ownerOf(file) === process.pid) rmSync(file, { force: true });
  };
  process.once('exit', release);
  return () => {
    process.removeListener('exit', release);
    release();
  };
}

/** @param {string} file */
function tryAcquire(file) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, String(process.pid));
  try {
    // A link appears together with its content; a file opened with 'wx' would be empty for a moment.
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** @param {string} file */
function ownerOf(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Removes the lock of a dead process. Two processes may try this at the same time, so the file is moved first and moved
 * back if it is the new lock of a faster process.
 * @param {string} file
 * @param {number | undefined} dead
 */
function removeStaleLock(file, dead) {
  const moved = `${file}.${process.pid}`;
  try {
    renameSync(file, moved);
    if (ownerOf(moved) === dead) rmSync(moved, { force: true });
    else renameSync(moved, file);
  } catch {
    // Another process has moved the file already. The next attempt reads the current owner.
  }
}

/**
 * Whether a process with this PID exists, even if it belongs to another user.
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
