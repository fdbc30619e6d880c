/** Finds processes and ports of a run that are still in use. */

import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Time in which the last processes of a run must exit after the app. */
const EXIT_MS = 5_000;

/**
 * Waits until no program listens on the port and, on Linux, no process has `word` in its command line or environment.
 * @throws Error that names the port or the processes
 */
export async function expectNothingRunning({ port, word }: { port: number; word?: string }): Promise<void> {
  const limit = Date.now() + EXIT_MS;
  for (;;) {
    const left = [
      ...((await canConnect(port)) ? [`a listener on port ${port}`] : []),
      ...(word === undefined ? [] : pidsOf(word).map(pid => `process ${pid}`)),
    ];
    if (left.length === 0) return;
    if (Date.now() > limit) throw new Error(`Still running: ${left.join(', ')}.`);
    await pause(100);
  }
}

export function canConnect(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** PIDs of processes with `word`, such as the home of a run, in their environment or command line. Linux only. */
export function pidsOf(word: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(pid => ['environ', 'cmdline'].some(file => readOrEmpty(`/proc/${pid}/${file}`).includes(word)))
    .map(Number);
}

/** The content of a file, or an empty string if it cannot be read, as in /proc after a process has exited. */
export function readOrEmpty(file: string, encoding: BufferEncoding = 'latin1'): string {
  try {
    return readFileSync(file, encoding);
  } catch {
    return '';
  }
}
