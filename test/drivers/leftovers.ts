/** What a run may not leave, whatever happened in it. */

import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { lockedAmong, processesOf } from './processes';

export const PORT = 5870;

/** How long the last processes of a run may take to exit once the app has. */
const EXIT_MS = 5_000;

/** Chromium's own lock on a profile: links that name the process that holds it. */
const SINGLE_INSTANCE = ['SingletonLock', 'SingletonCookie', 'SingletonSocket'];
/** Temporary files that a rename was to put in place of another, which a sudden end leaves behind. */
const HALF_WRITTEN = /^\.(desktop|settings)\.json\.|\.json\.new$/;

interface Folders {
  home: string;
  temporary: string;
}

/** Names whatever is left of a run; waits a moment for what is about to go. */
export async function leftovers(run: Folders): Promise<string[]> {
  const limit = performance.now() + EXIT_MS;
  for (;;) {
    const left = await findLeftovers(run);
    if (left.length === 0 || performance.now() > limit) return left;
    await pause(50);
  }
}

async function findLeftovers({ home, temporary }: Folders): Promise<string[]> {
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
    ...readdirSync(temporary)
      .filter(name => !isOldLockFolder(join(temporary, name)))
      .map(name => `temporary ${name}`),
  ];
}

/** Whether it is the folder in which Chromium keeps the lock's socket: it stays, without harm, when the app is killed. */
function isOldLockFolder(folder: string): boolean {
  return statSync(folder).isDirectory() && readdirSync(folder).every(name => SINGLE_INSTANCE.includes(name));
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter(entry => !entry.isDirectory()).map(entry => join(entry.parentPath, entry.name));
}

/** Whether a program can listen on the port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
