import { execFileSync } from 'node:child_process';
import {
  readdir as readdirCallback,
  readFile as readFileCallback,
  readFileSync,
  readlink as readlinkCallback,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Platform } from '../system/core/platform';
import { runProgram } from '../system/run-program';
import { runPowerShell, runTaskkill } from '../system/windows-program';
import {
  type Identity,
  isSame,
  NO_PROCESS,
  type Process,
  RUN_ID,
  readBootMs,
  readCim,
  readPs,
  readStat,
  readUser,
  splitCommandLine,
  splitNul,
  withRunIn,
} from './core/process-info';

/** The machine's processes. No method throws: a process may exit at any time. */
export interface Processes {
  /** Returns the process; undefined when it has exited or is a zombie. `unknown`: Windows does not say, or not in time. */
  find(pid: number): Promise<Process | 'unknown' | undefined>;
  /** Suspended by SIGSTOP, Ctrl-Z or a debugger. Always false on Windows, which has no such state. */
  isSuspended(pid: number): boolean;
  /** The process has exited or, on Linux, is a zombie. Synchronous and cheap. */
  hasExited(pid: number): boolean;
  /**
   * Returns this user's processes with this run ID in their environment. macOS hides the environment of the system's own
   * programs. Returns none on Windows, where a job object kills the server's descendants.
   */
  withRunId(id: string): Promise<Process[]>;
  /** Returns true once the process has exited, or false at the limit. */
  waitForExit(known: Identity, limitMs: number): Promise<boolean>;
  /** Sends SIGTERM, and SIGCONT to wake a suspended process. Returns false if it has exited or is another user's. */
  terminate(known: Identity): Promise<boolean>;
  /** Sends SIGKILL on the same conditions. `tree` includes the group that it leads, or on Windows its children. */
  kill(known: Identity, extent: 'process' | 'tree'): Promise<boolean>;
}

type ProcessReader = Pick<Processes, 'find' | 'isSuspended' | 'hasExited' | 'withRunId'>;

/** Linux reports start times in hundredths of a second, whatever the frequency of its clock. */
const TICK_MS = 10;
const COMMAND_MS = 5_000;
/** Time between two checks whether a process has exited. */
const POLL_MS = 50;
/** Time limit of the one command that blocks this process. */
const BLOCKING_MS = 2_000;
/** Longest table of all processes with their environments. */
const TABLE_BYTES = 64_000_000;

// Half the cost of `node:fs/promises`, which nothing else loads during the start.
const readdir = promisify(readdirCallback);
const readFile = promisify(readFileCallback);
const readlink = promisify(readlinkCallback);

export function createProcesses(table: Platform['processTable']): Processes {
  const reader = { proc: fromProc, ps: fromPs, cim: fromCim }[table]();
  const isOurs = async (known: Identity) => {
    const found = await reader.find(known.pid);
    return found !== 'unknown' && found?.mine === true && isSame(known, found);
  };
  const mayRun = async (known: Identity) => {
    const found = await reader.find(known.pid);
    return found === 'unknown' || isSame(known, found);
  };

  return {
    ...reader,

    async waitForExit(known, limitMs) {
      const limit = performance.now() + limitMs;
      while (await mayRun(known)) {
        if (performance.now() > limit) return false;
        await delay(POLL_MS);
      }
      return true;
    },

    async terminate(known) {
      if (!(await isOurs(known))) return false;
      // Without /F taskkill only closes windows: a program without windows continues. Windows has no other way to ask.
      if (table === 'cim') await runTaskkill(known.pid);
      else for (const signal of ['SIGTERM', 'SIGCONT'] as const) send(known.pid, signal);
      return true;
    },

    async kill(known, extent) {
      if (!(await isOurs(known))) return false;
      const { pid } = known;
      if (table === 'cim') await runTaskkill(pid, '/F', ...(extent === 'tree' ? (['/T'] as const) : []));
      else if (extent === 'process' || !send(-pid, 'SIGKILL')) send(pid, 'SIGKILL');
      return true;
    },
  };
}

/** Linux. */
function fromProc(): ProcessReader {
  // Both are constant until the next boot.
  const bootId = text('/proc/sys/kernel/random/boot_id');
  const bootMs = text('/proc/stat').then(readBootMs);

  async function find(pid: number): Promise<Process | undefined> {
    const folder = `/proc/${pid}`;
    const [stat, status, line, executable] = await Promise.all([
      text(`${folder}/stat`).then(readStat),
      text(`${folder}/status`),
      text(`${folder}/cmdline`),
      readlink(`${folder}/exe`).catch(() => ''), // another user's process, or it has exited
    ]);
    if (stat === undefined || isDead(stat.state)) return undefined;
    return {
      pid,
      // Ticks count from boot, so they are unique only together with the boot ID.
      startTime: `${stat.ticks}@${(await bootId).trim()}`,
      // An update may have replaced the file meanwhile.
      executable: executable.replace(/ \(deleted\)$/, ''),
      args: splitNul(line),
      beganMs: (await bootMs) + stat.ticks * TICK_MS,
      mine: readUser(status) === process.getuid?.(),
      suspended: isSuspendedState(stat.state),
    };
  }

  return {
    find,
    isSuspended: pid => isSuspendedState(stateOf(pid)),
    hasExited: pid => isDead(stateOf(pid) ?? 'X'),
    async withRunId(id) {
      const pids = (await readdir('/proc').catch(() => [])).map(Number).filter(Number.isInteger);
      const found = await Promise.all(
        pids.map(async pid => {
          const environment = splitNul(await text(`/proc/${pid}/environ`));
          return environment.includes(`${RUN_ID}=${id}`) ? find(pid) : undefined;
        }),
      );
      return found.filter(process => process?.mine === true) as Process[];
    },
  };
}

/** macOS. */
function fromPs(): ProcessReader {
  async function find(pid: number): Promise<(Process & { line: string }) | undefined> {
    const selection = ['-ww', '-p', String(pid)];
    const columns = ['uid', 'state', 'lstart', 'comm'].flatMap(name => ['-o', `${name}=`]);
    const [facts, line] = await Promise.all([ps([...selection, ...columns]), ps([...selection, '-o', 'command='])]);
    const found = readPs(facts.trimEnd());
    if (found === undefined || isDead(found.state)) return undefined;
    const { user, state, startTime, executable } = found;
    return {
      pid,
      startTime,
      executable,
      args: splitCommandLine(line),
      beganMs: Date.parse(`${startTime} UTC`),
      mine: user === process.getuid?.(),
      suspended: isSuspendedState(state),
      line: line.trimEnd(),
    };
  }

  return {
    find,
    isSuspended(pid) {
      const options = { encoding: 'utf8', timeout: BLOCKING_MS } as const;
      const state = orUndefined(() => execFileSync('/bin/ps', ['-o', 'state=', '-p', String(pid)], options));
      return isSuspendedState(state);
    },
    hasExited: isUnused,
    async withRunId(id) {
      const named = withRunIn(await ps(['-Eww', '-ax', '-o', 'pid=', '-o', 'command=']), id);
      const found = await Promise.all(
        named.map(async ({ pid, line }) => {
          const process = await find(pid);
          // A process that has the ID only in its arguments searches for it, as `pgrep` does.
          const inEnvironment = process && withRunIn(`${pid} ${line.slice(process.line.length)}`, id).length > 0;
          return inEnvironment && process.mine ? process : undefined;
        }),
      );
      return found.filter(process => process !== undefined);
    },
  };
}

/** Windows. */
function fromCim(): ProcessReader {
  return {
    async find(pid) {
      // Also saves the second that PowerShell takes.
      if (isUnused(pid)) return undefined;
      const script = `
        $p = Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}'
        if ($p) { @{
          startTime = $p.CreationDate.ToUniversalTime().ToString('o')
          executable = $p.ExecutablePath
          commandLine = $p.CommandLine
          mine = (Invoke-CimMethod -InputObject $p -MethodName GetOwnerSid).Sid -eq
            [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
        } | ConvertTo-Json -Compress } else { '${NO_PROCESS}' }`;
      const { output } = await runPowerShell(script, COMMAND_MS);
      const found = readCim(output);
      if (found === undefined || found === 'unknown') return found;
      return { pid, ...found, beganMs: Date.parse(found.startTime), suspended: false };
    },
    isSuspended: () => false,
    hasExited: isUnused,
    withRunId: async () => [],
  };
}

/** Linux: returns the letter of the state. */
function stateOf(pid: number): string | undefined {
  return orUndefined(() => readStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.state);
}

/** macOS and Windows: no process has this PID. */
function isUnused(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: the process exists, and is another user's or has more rights.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

const isDead = (state: string) => /^[ZXx]/.test(state);
const isSuspendedState = (state = '') => /^\s*[Tt]/.test(state);

/** Returns undefined when `read` throws, because the process has exited. */
function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Returns whether the signal was sent. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // It has exited, or there is no such group.
    return false;
  }
}

/** Returns the file's content; empty when it cannot be read: the process has exited, or is another user's. */
function text(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

/** Runs `ps` in one language and time zone, so that the text of a start time is always the same. */
async function ps(args: string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  return (await runProgram('/bin/ps', args, { env, limitMs: COMMAND_MS, limitBytes: TABLE_BYTES })).output;
}
