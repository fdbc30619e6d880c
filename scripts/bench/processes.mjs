// @ts-check
// Reads from /proc what the processes of a run use. Linux only.
import { readdirSync, readFileSync } from 'node:fs';

/** @typedef {'main' | 'server' | 'page' | 'gpu' | 'other'} Role */
/**
 * @typedef {object} RunningProcess
 * @property {number} pid
 * @property {string} startTicks start time in clock ticks since boot; with the PID, it identifies a process
 * @property {Role} role
 */

const TICKS_PER_SECOND = 100;

/**
 * Returns the processes with these PIDs, all their descendants, and every process that has `word` in its environment.
 * @param {readonly number[]} roots
 * @param {string} [word] such as the home of a run; omitted, only descendants are found, which takes less time
 * @returns {RunningProcess[]}
 */
export function processesOf(roots, word) {
  /** @type {Map<number, string[]>} */
  const fieldsOf = new Map();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (Number.isNaN(pid) || pid === process.pid) continue;
    const fields = statOf(pid);
    if (fields !== undefined && fields[0] !== 'Z') fieldsOf.set(pid, fields);
  }
  const found = new Set(roots.filter(pid => fieldsOf.has(pid)));
  if (word !== undefined)
    for (const pid of fieldsOf.keys()) if (read(`/proc/${pid}/environ`).includes(word)) found.add(pid);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const [pid, fields] of fieldsOf) if (found.has(Number(fields[1]))) found.add(pid);
  }
  return [...found].map(pid => ({
    pid,
    startTicks: fieldsOf.get(pid)?.[19] ?? '',
    role: roleOf(read(`/proc/${pid}/cmdline`), pid === roots[0]),
  }));
}

/** @param {RunningProcess} known */
export function isRunning({ pid, startTicks }) {
  const fields = statOf(pid);
  return fields !== undefined && fields[0] !== 'Z' && fields[19] === startTicks;
}

/**
 * Returns the processor time of processes, in seconds, with that of their children that have exited.
 * @param {readonly RunningProcess[]} processes
 */
export function cpuSeconds(processes) {
  const ticks = processes.map(({ pid }) =>
    (statOf(pid) ?? []).slice(11, 15).reduce((sum, one) => sum + Number(one), 0),
  );
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND;
}

/**
 * Returns the memory of processes, in bytes. Memory that several share counts once.
 * @param {readonly RunningProcess[]} processes
 */
export function memoryBytes(processes) {
  return sumOf(
    processes,
    ({ pid }) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024,
  );
}

/**
 * Returns the bytes that processes have read from the disk and written, with those of their children that have exited.
 * @param {readonly RunningProcess[]} processes
 * @returns {{ read: number, written: number }} `written`: to files and pipes
 */
export function ioBytes(processes) {
  const texts = processes.map(({ pid }) => read(`/proc/${pid}/io`));
  const sum = (/** @type {RegExp} */ line) => sumOf(texts, text => Number(line.exec(text)?.[1] ?? 0));
  return { read: sum(/^read_bytes: (\d+)/m), written: sum(/^wchar: (\d+)/m) };
}

/**
 * Returns how often the threads of a process have waited, which is how often they were woken.
 * @param {RunningProcess} process
 */
export function wakeUps({ pid }) {
  return sumOf(list(`/proc/${pid}/task`), thread =>
    Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(read(`/proc/${pid}/task/${thread}/status`))?.[1] ?? 0),
  );
}

/**
 * @template Item
 * @param {readonly Item[]} items
 * @param {(item: Item) => number} value
 */
function sumOf(items, value) {
  return items.reduce((sum, item) => sum + value(item), 0);
}

/** @param {string} line @param {boolean} isRoot @returns {Role} */
function roleOf(line, isRoot) {
  if (line.includes('--type=renderer')) return 'page';
  if (line.includes('--type=gpu-process')) return 'gpu';
  if (line.includes('--port') && !line.includes('--type=')) return 'server';
  return isRoot ? 'main' : 'other';
}

/**
 * The fields of /proc/PID/stat from the state on. The name before it may contain spaces and parentheses.
 * @param {number} pid
 */
function statOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** @param {string} file @returns {string} empty if the process has just exited */
function read(file) {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** @param {string} folder @returns {string[]} empty if the process has just exited */
function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
