/** Parses what the three systems report about processes, and compares processes. */

/** Identifies a process for ever: the system reuses a PID, but not with the same start time and file. */
export interface Identity {
  pid: number;
  /** In the system's own format; only compared, never parsed. */
  startTime: string;
  /** Empty if the system does not report it. */
  executable: string;
}

export interface Process extends Identity {
  /** The command line, with the program first. */
  args: readonly string[];
  /** When it started, in milliseconds since 1970. */
  beganMs: number;
  /** Runs as our user. Processes of other users are never signalled. */
  mine: boolean;
  /** Suspended by SIGSTOP, Ctrl-Z or a debugger. */
  suspended: boolean;
}

/** The environment variable that marks all descendants of a server, even those whose parents have exited. */
export const RUN_ID = 'CACHIBOT_DESKTOP_RUN';

export function isSame(one: Identity, other: Identity | undefined): boolean {
  if (one.pid !== other?.pid || one.startTime !== other.startTime) return false;
  // Windows hides the file of a process with more rights.
  return one.executable === other.executable || one.executable === '' || other.executable === '';
}

/**
 * Returns which CachiBot server a command line runs: the user's own (`stock`), or the server of this kind of app (`app`).
 *
 * `server_in` in `cachibot_desktop/process/process_info.py` decides the same; `test/fixtures/command-lines.json` is
 * tested in both.
 */
export function serverIn(words: readonly string[]): 'stock' | 'app' | undefined {
  const names = words.map(word =>
    String(word.split(/[/\\]/).at(-1))
      .toLowerCase()
      .replace(/\.exe$/, ''),
  );
  if (names.includes('pyinstaller-server.py')) return 'app';
  if (names.some((name, at) => name === 'cachibot-server' && (at === 0 || pathStart(words, at) === 0))) return 'app';
  if (words.some(word => word.startsWith('cachibot.api.server'))) return 'stock';
  if (!words.includes('server')) return undefined;
  const asModule = words.some((word, at) => word === '-m' && /^cachibot(\.cli)?$/.test(words[at + 1] ?? ''));
  const interpreted = /^(python|pypy)/.test(names[0] ?? '');
  const asProgram = names.some((name, at) => {
    if (name !== 'cachibot' && name !== 'cachi') return false;
    // A program is first or follows its interpreter, unless that has options, or a path with a blank was split.
    return at < 2 || (words[at + 1] === 'server' && (interpreted || pathStart(words, at) !== undefined));
  });
  return asModule || asProgram ? 'stock' : undefined;
}

/**
 * Returns the index of the word where the path that ends in `words[end]` starts. It is an earlier word when the system
 * reports the command line as one text and a folder's name has a blank.
 */
function pathStart(words: readonly string[], end: number): number | undefined {
  for (let at = end; at >= 0; at--) {
    const word = words[at] ?? '';
    if (/^([A-Za-z]:)?[/\\]/.test(word)) return at;
    if (word.startsWith('-')) return undefined;
  }
  return undefined;
}

/** Parses /proc/<pid>/stat: the letter of the state, and the start time in clock ticks since boot. */
export function readStat(text: string): { state: string; ticks: number } | undefined {
  // The name may contain blanks and brackets: only the text after the last bracket can be split.
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  const ticks = Number(fields[19]);
  return fields[0] && Number.isInteger(ticks) ? { state: fields[0], ticks } : undefined;
}

/** Parses the user ID from /proc/<pid>/status. */
export function readUser(status: string): number | undefined {
  const user = /^Uid:\s*(\d+)/m.exec(status)?.[1];
  return user === undefined ? undefined : Number(user);
}

/** Parses the boot time from /proc/stat, in milliseconds since 1970. */
export function readBootMs(stat: string): number {
  return Number(/^btime (\d+)$/m.exec(stat)?.[1] ?? Number.NaN) * 1000;
}

/** Splits /proc/<pid>/cmdline or /proc/<pid>/environ, whose entries each end with a NUL byte. */
export function splitNul(text: string): string[] {
  return text.split('\0').slice(0, -1);
}

/** Parses the output of `ps -o uid= -o state= -o lstart= -o comm=` on macOS, in the C locale and UTC. */
export function readPs(
  line: string,
): { user: number; state: string; startTime: string; executable: string } | undefined {
  const found = /^\s*(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]{8}\s+\d{4})\s+(\S.*?)\s*$/.exec(line);
  const [, user, state = '', startTime = '', executable = ''] = found ?? [];
  return user === undefined ? undefined : { user: Number(user), state, startTime, executable };
}

/** Returns the lines of `ps -Eww -ax -o pid= -o command=` on macOS that contain the run ID. The environment is last. */
export function withRunIn(lines: string, id: string): { pid: number; line: string }[] {
  return lines
    .split('\n')
    .map(text => /^\s*(\d+)\s(.*)/.exec(text))
    .map(found => ({ pid: Number(found?.[1]), line: found?.[2] ?? '' }))
    .filter(({ line }) => ` ${line} `.includes(` ${RUN_ID}=${id} `));
}

/** Splits a command line that macOS or Windows reports as one text. Precise enough to recognize a server. */
export function splitCommandLine(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** The output of our query of `Win32_Process` if there is no such process. */
export const NO_PROCESS = 'none';

/**
 * Parses the JSON that our query of `Win32_Process` prints. Returns undefined if there is no such process, and `unknown` if
 * the query failed or was too slow.
 */
export function readCim(text: string): Omit<Process, 'pid' | 'beganMs' | 'suspended'> | 'unknown' | undefined {
  if (text.trim() === NO_PROCESS) return undefined;
  let value: Record<string, unknown> | null;
  try {
    value = JSON.parse(text);
  } catch {
    // Empty, or an error message.
    return 'unknown';
  }
  const { startTime, executable, commandLine, mine } = value ?? {};
  if (typeof startTime !== 'string') return 'unknown';
  return {
    startTime,
    executable: typeof executable === 'string' ? executable : '',
    args: splitCommandLine(typeof commandLine === 'string' ? commandLine : ''),
    mine: mine === true,
  };
}
