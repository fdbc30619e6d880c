// @ts-check
// What runs on this machine on a row's behalf, read from /proc, and the proof that a signal of ours arrived.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * @typedef {object} Process
 * @property {number} pid
 * @property {number} parent
 * @property {number} session
 * @property {string} state one letter: `T` is stopped, `Z` a zombie
 * @property {string} began clock ticks since the machine's start: with the pid, no other process's
 * @property {number} bytes resident memory
 * @property {string[]} words its command line
 * @property {Role} role
 */

/** @typedef {'shell' | 'server' | 'renderer' | 'gpu' | 'network' | 'zygote' | 'daemon' | 'other'} Role */

const PAGE_BYTES = 4096;
const GONE_MS = 5_000;

/**
 * Every living process that has `word` in its command line or environment: all that a run with that home began.
 * @param {string} word
 * @returns {Process[]}
 */
export function processesOf(word) {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(pid => ['cmdline', 'environ'].some(file => readOrEmpty(`/proc/${pid}/${file}`).includes(word)))
    .flatMap(pid => look(Number(pid)) ?? [])
    .filter(({ state }) => state !== 'Z');
}

/**
 * One process, dead or alive; undefined when there is none of that number.
 * @param {number} pid
 * @returns {Process | undefined}
 */
export function look(pid) {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  // The name may hold blanks and brackets: what follows the last bracket is safe to split.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (stat === '') return undefined;
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

/** What a process has begun itself, from any of its threads. @param {number} pid @returns {Process[]} */
export function childrenOf(pid) {
  const threads = listOrNone(`/proc/${pid}/task`);
  const pids = threads.flatMap(thread =>
    readOrEmpty(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean),
  );
  return pids.flatMap(child => look(Number(child)) ?? []);
}

/** @param {string} folder */
function listOrNone(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it has just ended
  }
}

/** @param {string} line @returns {Role} */
function roleOf(line) {
  if (line.includes('--type=renderer')) return 'renderer';
  if (line.includes('--type=gpu-process')) return 'gpu';
  if (line.includes('--utility-sub-type=network')) return 'network';
  if (line.includes('--type=zygote')) return 'zygote';
  if (line.includes('/* daemon */')) return line.includes('child_process') ? 'other' : 'daemon';
  if (line.includes('/backend/cachibot-server')) return 'server';
  if (/\/cachibot-desktop( |$)/.test(line) && !line.includes('--type=')) return 'shell';
  return 'other';
}

/** @param {Process} known */
export function isAlive(known) {
  const now = look(known.pid);
  return now !== undefined && now.began === known.began && now.state !== 'Z';
}

/**
 * Sends a signal that ends a process, and waits until it is gone. Returns what was seen; throws when it was no longer
 * there to be ended, or did not go.
 * @param {Process} target
 * @param {NodeJS.Signals} [signal]
 * @returns {Promise<string>}
 */
export async function endBySignal(target, signal = 'SIGKILL') {
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
 * Stops a process as a terminal's Ctrl-Z would. Returns what was seen; throws when it does not stop.
 * @param {Process} target
 */
export async function freeze(target) {
  process.kill(target.pid, 'SIGSTOP');
  const sent = performance.now();
  while (look(target.pid)?.state !== 'T') {
    if (performance.now() - sent > GONE_MS) throw new Error(`The ${target.role} ${target.pid} did not stop.`);
    await pause(2);
  }
  return `${target.role} ${target.pid} is in state T after SIGSTOP`;
}

/**
 * What a process has in its environment under a name, as the system knows it.
 * @param {number} pid
 * @param {string} name
 */
export function environmentOf(pid, name) {
  const entries = readOrEmpty(`/proc/${pid}/environ`).split('\0');
  return entries.find(entry => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

/**
 * Which of the files are locked now, by whomever.
 * @param {{ file: string, inode: number }[]} files
 */
export function lockedAmong(files) {
  const inodes = new Set([...readOrEmpty('/proc/locks').matchAll(/:(\d+) \d+ \S+$/gm)].map(([, inode]) => inode));
  return files.filter(({ inode }) => inodes.has(String(inode))).map(({ file }) => file);
}

/** @param {number} pid */
export function executableOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined; // it has just ended
  }
}

/** @param {string} file */
function readOrEmpty(file) {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // it ended between the two looks, or is somebody else's
  }
}
