/** Reads the processes of a run from /proc, and sends signals and waits for their effect. Linux only. */

import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { pidsOf, readOrEmpty } from './still-running';

export type Role = 'shell' | 'server' | 'renderer' | 'gpu' | 'network' | 'zygote' | 'daemon' | 'other';

export interface Process {
  pid: number;
  parent: number;
  session: number;
  /** One letter: `T` is suspended, `Z` a zombie. */
  state: string;
  /** Start time in clock ticks since boot. PID and start time together identify a process. */
  startTicks: string;
  /** Resident memory in bytes. */
  bytes: number;
  /** The command line, the executable included. */
  args: string[];
  role: Role;
}

const PAGE_BYTES = 4096;
/** Time in which a signal must take effect. */
const SIGNAL_MS = 5_000;

/** Every running process with `word`, such as the home of a run, in its command line or environment. */
export function processesOf(word: string): Process[] {
  return pidsOf(word)
    .flatMap(pid => readProcess(pid) ?? [])
    .filter(({ state }) => state !== 'Z');
}

/** The process with that PID, running or a zombie; undefined if there is none. */
export function readProcess(pid: number): Process | undefined {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  if (stat === '') return undefined;
  // The name may contain spaces and parentheses: only the text after the last parenthesis can be split safely.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const args = readOrEmpty(`/proc/${pid}/cmdline`).split('\0').filter(Boolean);
  return {
    pid,
    parent: Number(fields[1]),
    session: Number(fields[3]),
    state: fields[0] ?? '',
    startTicks: fields[19] ?? '',
    bytes: Number(fields[21]) * PAGE_BYTES,
    args,
    role: roleOf(args.join(' ')),
  };
}

/** The direct children of a process, whichever of its threads spawned them. */
export function childrenOf(pid: number): Process[] {
  const threads = listOrEmpty(`/proc/${pid}/task`);
  const pids = threads.flatMap(thread =>
    readOrEmpty(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean),
  );
  return pids.flatMap(child => readProcess(Number(child)) ?? []);
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
  const now = readProcess(known.pid);
  return now !== undefined && now.startTicks === known.startTicks && now.state !== 'Z';
}

/**
 * Sends a terminating signal to a process, and waits for its exit.
 * @returns a description of what happened
 * @throws Error when the process had exited before, or did not exit
 */
export async function killAndWait(target: Process, signal: NodeJS.Signals = 'SIGKILL'): Promise<string> {
  const { pid, role } = target;
  if (!isAlive(target)) throw new Error(`The ${role} ${pid} had exited before it could be sent ${signal}.`);
  process.kill(pid, signal);
  const sent = performance.now();
  while (isAlive(target)) {
    if (performance.now() - sent > SIGNAL_MS) throw new Error(`The ${role} ${pid} did not exit after ${signal}.`);
    await pause(2);
  }
  return `${role} ${pid} was running, was sent ${signal}, and exited`;
}

/**
 * Suspends a process with SIGSTOP.
 * @returns a description of what happened
 * @throws Error when it is not suspended in time
 */
export async function suspendProcess(target: Process): Promise<string> {
  process.kill(target.pid, 'SIGSTOP');
  const sent = performance.now();
  while (readProcess(target.pid)?.state !== 'T') {
    if (performance.now() - sent > SIGNAL_MS) throw new Error(`The ${target.role} ${target.pid} was not suspended.`);
    await pause(2);
  }
  return `${target.role} ${target.pid} is in state T after SIGSTOP`;
}

/** Returns the files that a process has locked. */
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
