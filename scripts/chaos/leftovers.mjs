// @ts-check
// What a run may not leave, whatever happened in it.
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { lockedAmong, processesOf } from './processes.mjs';

export const PORT = 5870;

/** How long the last of a run's processes may take to leave once the app has. */
const LEAVE_MS = 5_000;

/** Chromium's own lock on a profile: links that name the one who holds it. */
const SINGLE_INSTANCE = ['SingletonLock', 'SingletonCookie', 'SingletonSocket'];
/** Files on their way to be another, which a sudden end leaves behind. */
const HALF_WRITTEN = /^\.(desktop|settings)\.json\.|\.json\.new$/;

/**
 * Names whatever is left of a run; waits a moment for what is about to leave.
 * @param {{ home: string, temporary: string }} run
 * @returns {Promise<string[]>}
 */
export async function leftovers(run) {
  const limit = performance.now() + LEAVE_MS;
  for (;;) {
    const left = await whatIsLeft(run);
    if (left.length === 0 || performance.now() > limit) return left;
    await pause(50);
  }
}

/** @param {{ home: string, temporary: string }} run */
async function whatIsLeft({ home, temporary }) {
  const files = filesIn(home);
  const locks = files.filter(file => /lock/i.test(basename(file)));
  return [
    ...processesOf(home).map(({ role, pid }) => `${role} ${pid}`),
    ...((await isFree(PORT)) ? [] : [`port ${PORT} is taken`]),
    ...files.filter(file => SINGLE_INSTANCE.includes(basename(file))).map(file => relative(home, file)),
    ...files.filter(file => HALF_WRITTEN.test(basename(file))).map(file => relative(home, file)),
    ...lockedAmong(locks.map(file => ({ file, inode: lstatSync(file).ino }))).map(
      file => `${relative(home, file)} is locked`,
    ),
    ...['.cachibot/server.pid', 'profile/run.json'].filter(file => existsSync(join(home, file))),
    ...readdirSync(temporary).map(name => `temporary ${name}`),
  ];
}

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter(entry => !entry.isDirectory()).map(entry => join(entry.parentPath, entry.name));
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function isFree(port) {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
