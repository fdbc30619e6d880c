/** Finds processes, locks and files that must not remain after a run. */

import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { lockedAmong, processesOf } from './processes';

export const PORT = 5870;

/** Time in which the last processes of a run must exit after the app. */
const EXIT_MS = 5_000;

/** Chromium's lock on a profile: links that name its owner process. */
const SINGLE_INSTANCE = ['SingletonLock', 'SingletonCookie', 'SingletonSocket'];
/** Temporary files of atomic writes (write, then rename), which remain when a process is killed between the two. */
const HALF_WRITTEN = /^\.(desktop|settings)\.json\.|\.json\.new$/;

interface Folders {
  home: string;
  temporary: string;
}

/** Names everything that remains of a run. Waits up to 5 s for processes that are about to exit. */
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

/** Whether it is the folder of Chromium's lock socket, which remains, harmless, after the app is killed. */
function isOldLockFolder(folder: string): boolean {
  return statSync(folder).isDirectory() && readdirSync(folder).every(name => SINGLE_INSTANCE.includes(name));
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter(entry => !entry.isDirectory()).map(entry => join(entry.parentPath, entry.name));
}

/** Whether a program can listen on the port at 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
