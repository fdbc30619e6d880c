import { execFile, execFileSync } from 'node:child_process';
import {
  readdir as readdirCallback,
  readFile as readFileCallback,
  readFileSync,
  readlink as readlinkCallback,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Platform } from '../system/core/platform';
import {
  type Identity,
  isSame,
  type Process,
  RUN_ID,
  readBootMs,
  readCim,
  readPs,
  readStat,
  readUser,
  readWords,
  splitWords,
  withRunIn,
} from './core/process-info';

/** The machine's processes. None of it throws: a process may end between any two looks. */
export interface Processes {
  look(pid: number): Promise<Process | undefined>;
  /** Held by SIGSTOP, Ctrl-Z or a debugger. Windows has no such state. */
  isStopped(pid: number): boolean;
  /** It is there no more, or as a zombie, in which only Linux can be seen into. At once, and at no cost to speak of. */
  hasEnded(pid: number): boolean;
  /**
   * Processes of this user that were given this run id. Unseen are those that hide their environment: on macOS the
   * system's own programs. On Windows there is nothing to look for: a job object ends them.
   */
  withRunId(id: string): Promise<Process[]>;
  /** Waits for its end, and tells whether it came. */
  isGone(known: Identity, limitMs: number): Promise<boolean>;
  /** Asks it to end, if it still is the same and of this user; one that is stopped is woken, or it could not hear. */
  ask(known: Identity): Promise<boolean>;
  /** Kills it, under the same conditions; with the group that it leads, if it leads one, or on Windows its children. */
  kill(known: Identity, extent: 'process' | 'tree'): Promise<boolean>;
}

type Look = Pick<Processes, 'look' | 'isStopped' | 'hasEnded' | 'withRunId'>;

/** Linux counts in hundredths of a second whatever its clock does. */
const TICK_MS = 10;
const ASK_MS = 5_000;
/** Between two looks at a process that is to end. */
const LOOK_MS = 50;
/** For the one look that its caller waits for. */
const AT_ONCE_MS = 2_000;
/** A table of all processes, with their environments. */
const TABLE_BYTES = 64_000_000;

// Half the cost of `node:fs/promises`, which nothing else loads during the start.
const readdir = promisify(readdirCallback);
const readFile = promisify(readFileCallback);
const readlink = promisify(readlinkCallback);

export function createProcesses(table: Platform['processTable']): Processes {
  const looks = { proc: fromProc, ps: fromPs, cim: fromCim }[table]();
  const same = async (known: Identity) => {
    const found = await looks.look(known.pid);
    return found?.mine === true && isSame(known, found);
  };

  return {
    ...looks,

    async isGone(known, limitMs) {
      const limit = performance.now() + limitMs;
      while (isSame(known, await looks.look(known.pid))) {
        if (performance.now() > limit) return false;
        await delay(LOOK_MS);
      }
      return true;
    },

    async ask(known) {
      if (!(await same(known))) return false;
      // Without /F it asks, which a program without a window cannot hear; but nothing else is polite there.
      if (table === 'cim') await run('taskkill', ['/PID', String(known.pid)]);
      else for (const signal of ['SIGTERM', 'SIGCONT'] as const) send(known.pid, signal);
      return true;
    },

    async kill(known, extent) {
      if (!(await same(known))) return false;
      const { pid } = known;
      if (table === 'cim') await run('taskkill', ['/F', ...(extent === 'process' ? [] : ['/T']), '/PID', String(pid)]);
      else if (extent === 'process' || !send(-pid, 'SIGKILL')) send(pid, 'SIGKILL');
      return true;
    },
  };
}

/** Linux. */
function fromProc(): Look {
  // Neither changes while the machine runs.
  const bootId = text('/proc/sys/kernel/random/boot_id');
  const bootMs = text('/proc/stat').then(readBootMs);

  async function look(pid: number): Promise<Process | undefined> {
    const folder = `/proc/${pid}`;
    const [stat, status, line, executable] = await Promise.all([
      text(`${folder}/stat`).then(readStat),
      text(`${folder}/status`),
      text(`${folder}/cmdline`),
      readlink(`${folder}/exe`).catch(() => ''), // another user's, or it has ended
    ]);
    if (stat === undefined || isDead(stat.state)) return undefined;
    return {
      pid,
      // Ticks since the machine's start mean nothing without knowing which start that was.
      startTime: `${stat.ticks}@${(await bootId).trim()}`,
      // An update may have replaced the file meanwhile.
      executable: executable.replace(/ \(deleted\)$/, ''),
      words: readWords(line),
      beganMs: (await bootMs) + stat.ticks * TICK_MS,
      mine: readUser(status) === process.getuid?.(),
      stopped: isStopped(stat.state),
    };
  }

  return {
    look,
    isStopped: pid => isStopped(stateOf(pid)),
    hasEnded: pid => isDead(stateOf(pid) ?? 'X'),
    async withRunId(id) {
      const pids = (await readdir('/proc').catch(() => [])).map(Number).filter(Number.isInteger);
      const found = await Promise.all(
        pids.map(async pid => {
          const environment = readWords(await text(`/proc/${pid}/environ`));
          return environment.includes(`${RUN_ID}=${id}`) ? look(pid) : undefined;
        }),
      );
      return found.filter(process => process?.mine === true) as Process[];
    },
  };
}

/** macOS. */
function fromPs(): Look {
  async function look(pid: number): Promise<(Process & { line: string }) | undefined> {
    const of = ['-ww', '-p', String(pid)];
    const facts = ['uid', 'state', 'lstart', 'comm'].flatMap(name => ['-o', `${name}=`]);
    const [about, line] = await Promise.all([ps([...of, ...facts]), ps([...of, '-o', 'command='])]);
    const found = readPs(about.trimEnd());
    if (found === undefined || isDead(found.state)) return undefined;
    const { user, state, startTime, executable } = found;
    return {
      pid,
      startTime,
      executable,
      words: splitWords(line),
      beganMs: Date.parse(`${startTime} UTC`),
      mine: user === process.getuid?.(),
      stopped: isStopped(state),
      line: line.trimEnd(),
    };
  }

  return {
    look,
    isStopped(pid) {
      const options = { encoding: 'utf8', timeout: AT_ONCE_MS } as const;
      return isStopped(quietly(() => execFileSync('/bin/ps', ['-o', 'state=', '-p', String(pid)], options)));
    },
    hasEnded: isUnknown,
    async withRunId(id) {
      const named = withRunIn(await ps(['-Eww', '-ax', '-o', 'pid=', '-o', 'command=']), id);
      const found = await Promise.all(
        named.map(async ({ pid, line }) => {
          const process = await look(pid);
          // A process with the ID only in its arguments is searching for it.
          const inEnvironment = process && withRunIn(`${pid} ${line.slice(process.line.length)}`, id).length > 0;
          return inEnvironment && process.mine ? process : undefined;
        }),
      );
      return found.filter(process => process !== undefined);
    },
  };
}

/** Windows. */
function fromCim(): Look {
  return {
    async look(pid) {
      const script = `
        $p = Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}'
        if ($p) { @{
          startTime = $p.CreationDate.ToUniversalTime().ToString('o')
          executable = $p.ExecutablePath
          commandLine = $p.CommandLine
          mine = (Invoke-CimMethod -InputObject $p -MethodName GetOwnerSid).Sid -eq
            [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
        } | ConvertTo-Json -Compress }`;
      const found = readCim(await run('powershell', ['-NoProfile', '-NonInteractive', '-Command', script]));
      return found && { pid, ...found, beganMs: Date.parse(found.startTime), stopped: false };
    },
    isStopped: () => false,
    hasEnded: isUnknown,
    withRunId: async () => [],
  };
}

/** Linux. */
function stateOf(pid: number): string | undefined {
  return quietly(() => readStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.state);
}

function isUnknown(pid: number): boolean {
  return quietly(() => process.kill(pid, 0)) !== true;
}

const isDead = (state: string) => /^[ZXx]/.test(state);
const isStopped = (state = '') => /^\s*[Tt]/.test(state);

/** Nothing when it throws: the process has ended. */
function quietly<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** Whether there was somebody to receive it. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // It ended meanwhile, or there is no such group.
    return false;
  }
}

/** Empty when it cannot be read: the process has ended, or is none of ours. */
function text(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

/** In one language and one time zone, so that a start time reads the same in every run. */
function ps(args: string[]): Promise<string> {
  return run('/bin/ps', args, { ...process.env, LC_ALL: 'C', TZ: 'UTC' });
}

/** Returns the program's output; empty when it is missing or takes too long. */
function run(file: string, args: string[], env = process.env): Promise<string> {
  return new Promise(resolve => {
    const options = { env, timeout: ASK_MS, maxBuffer: TABLE_BYTES, windowsHide: true };
    execFile(file, args, options, (_error, stdout) => resolve(stdout));
  });
}
