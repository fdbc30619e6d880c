// @ts-check
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until no other set-up works in this clone, then holds the turn until the returned function is called or
 * this process ends. A turn whose holder is dead is taken over.
 * @param {string} root whose .setup folder exists
 * @param {(line: string) => void} say
 * @returns {Promise<() => void>}
 */
export async function acquireLock(root, say) {
  const file = join(root, '.setup', 'turn');
  let told = false;
  while (!tryToTake(file)) {
    const holder = holderOf(file);
    if (holder === undefined || !isAlive(holder)) {
      setAside(file, holder);
      continue;
    }
    if (!told) say(`Another set-up (process ${holder}) works in this clone; waiting for it to end.`);
    told = true;
    await pause(200);
  }
  const release = () => {
    if (holderOf(file) === process.pid) rmSync(file, { force: true });
  };
  process.once('exit', release);
  return () => {
    process.removeListener('exit', release);
    release();
  };
}

/** @param {string} file */
function tryToTake(file) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    // A link appears with its content in one moment; a file made with 'wx' would be empty for a while.
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** @param {string} file */
function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes a dead holder's file away. Two may try at once: what was moved is looked at again, and put back when it is
 * the new file of one who was faster.
 * @param {string} file
 * @param {number | undefined} dead
 */
function setAside(file, dead) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (holderOf(aside) === dead) rmSync(aside, { force: true });
    else renameSync(aside, file);
  } catch {
    // Gone already: the other one moved it. The next round finds out who holds the turn.
  }
}

/**
 * Whether the process exists, whoever it belongs to.
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
