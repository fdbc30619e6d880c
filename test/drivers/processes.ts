/** The processes of a run, read from /proc, and proof that a signal arrived. Linux only. */

import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { pidsOf, readOrEmpty } from './gone';

export type Role = 'shell' | 'server' | 'renderer' | 'gpu' | 'network' | 'zygote' | 'daemon' | 'other';

export interface Process {
  pid: number;
  parent: number;
  session: number;
  /** One letter: `T` is stopped, `Z` a zombie. */
  state: string;
  /** Start time in clock ticks since boot. PID and start time together identify a process. */
  began: string;
  /** Resident memory. */
  bytes: number;
  /** The command line. */
  words: string[];
  role: Role;
}

const PAGE_BYTES = 4096;
const GONE_MS = 5_000;

/** Every living process that has `word`, such as the home of a run, in its command line or environment. */
export function processesOf(word: string): Process[] {
  return pidsOf(word)
    .flatMap(pid => look(pid) ?? [])
    .filter(({ state }) => state !== 'Z');
}

/** One process, alive or a zombie; undefined when no process has that PID. */
export function look(pid: number): Process | undefined {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  if (stat === '') return undefined;
  // The name may hold blanks and brackets: what follows the last bracket is safe to split.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const words = readOrEmpty(`/proc/${pid}/cmdline`).split('\0').filter(Boolean);
  return {
    pid,
    parent: Number(fields[1]),
    session: Number(fields[3]),
    state: fields[0] ?? '',
    began: fields[19] ?? '',
    bytes: Number(fields[21]) * PAGE_BYTES,
    words,
    role: roleOf(words.join(' ')),
  };
}

/** The direct children of a process, whichever of its threads spawned them. */
export function childrenOf(pid: number): Process[] {
  const threads = listOrEmpty(`/proc/${pid}/task`);
  const pids = threads.flatMap(thread =>
    readOrEmpty(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean),
  );
  return pids.flatMap(child => look(Number(child)) ?? []);
}

function roleOf(line: string): Role {
  if (line.includes('--type=renderer')) return 'renderer';
  if (line.includes('--type=gpu-process')) return 'gpu';
  if (line.includes('--utility-sub-type=network')) return 'network';
  if (line.includes('--type=zygote')) return 'zygote';
  if (line.includes('/* daemon */')) return line.includes('child_process') ? 'other' : 'daemon';
  if (line.includes('/backend/cachibot-server')) return 'server';
  if (/\/cachibot-desktop( |$)/.test(line) && !line.includes('--type=')) return 'shell';
  return 'other';
}

export function isAlive(known: Process): boolean {
  const now = look(known.pid);
  return now !== undefined && now.began === known.began && now.state !== 'Z';
}

/**
 * Sends a signal that ends a process, and waits until it is gone. Returns what was seen.
 * @throws Error when the process had already exited, or did not exit.
 */
export async function endBySignal(target: Process, signal: NodeJS.Signals = 'SIGKILL'): Promise<string> {
  const { pid, role } = target;
  if (!isAlive(target)) throw new Error(`The ${role} ${pid} was gone before it could be sent ${signal}.`);
  process.kill(pid, signal);
  const sent = performance.now();
  while (isAlive(target)) {
    if (performance.now() - sent > GONE_MS) throw new Error(`The ${role} ${pid} is still there after ${signal}.`);
    await pause(2);
  }
  return `${role} ${pid} was alive, was sent ${signal}, and was gone`;
}

/**
 * Stops a process as a terminal's Ctrl-Z does. Returns what was seen.
 * @throws Error when it does not stop.
 */
export async function freeze(target: Process): Promise<string> {
  process.kill(target.pid, 'SIGSTOP');
  const sent = performance.now();
  while (look(target.pid)?.state !== 'T') {
    if (performance.now() - sent > GONE_MS) throw new Error(`The ${target.role} ${target.pid} did not stop.`);
    await pause(2);
  }
  return `${target.role} ${target.pid} is in state T after SIGSTOP`;
}

/** The value of a variable in the environment that a process was started with. */
export function environmentOf(pid: number, name: string): string | undefined {
  const entries = readOrEmpty(`/proc/${pid}/environ`).split('\0');
  return entries.find(entry => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The files that are locked now, by whatever process. */
export function lockedAmong(files: readonly { file: string; inode: number }[]): string[] {
  const inodes = new Set([...readOrEmpty('/proc/locks').matchAll(/:(\d+) \d+ \S+$/gm)].map(([, inode]) => inode));
  return files.filter(({ inode }) => inodes.has(String(inode))).map(({ file }) => file);
}

export function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined; // it has just exited
  }
}

function listOrEmpty(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it has just exited
  }
}
