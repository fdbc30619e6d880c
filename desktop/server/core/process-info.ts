/** Reads what the systems say about processes, and knows which of them is which. */

/** No two processes that ever had this number are equal in all three. */
export interface Identity {
  pid: number;
  /** In whatever form the system tells it; only ever compared. */
  startTime: string;
  /** Empty where the system does not tell. */
  executable: string;
}

export interface Process extends Identity {
  /** The words of its command line. */
  words: readonly string[];
  /** When it began, in milliseconds since 1970. */
  beganMs: number;
  /** It runs as the same user as we do. Nobody else's is ever signalled. */
  mine: boolean;
  /** Held by SIGSTOP, Ctrl-Z or a debugger. */
  stopped: boolean;
}

/** The variable by which we find what a server of ours started, whatever became of its parents. */
export const RUN_ID = 'CACHIBOT_DESKTOP_RUN';

export function isSame(one: Identity, other: Identity | undefined): boolean {
  return one.pid === other?.pid && one.startTime === other.startTime && one.executable === other.executable;
}

/**
 * Returns which CachiBot server a command line runs: the user's own (`stock`), or that of an app like this one (`app`).
 *
 * `server_in` in `cachibot_desktop/process/process_info.py` decides the same; `test/fixtures/command-lines.json` is
 * tested in both.
 */
export function serverIn(words: readonly string[]): 'stock' | 'app' | undefined {
  const names = words.map(word => (word.split(/[/\\]/).at(-1) ?? '').toLowerCase().replace(/\.exe$/, ''));
  if (names.includes('pyinstaller-server.py')) return 'app';
  if (names.some((name, at) => name === 'cachibot-server' && (at === 0 || pathStart(words, at) === 0))) return 'app';
  if (words.some(word => word.startsWith('cachibot.api.server'))) return 'stock';
  if (!words.includes('server')) return undefined;
  const asModule = words.some((word, at) => word === '-m' && /^cachibot(\.cli)?$/.test(words[at + 1] ?? ''));
  const interpreted = /^(python|pypy)/.test(names[0] ?? '');
  const asProgram = names.some((name, at) => {
    if (name !== 'cachibot' && name !== 'cachi') return false;
    // Only its interpreter comes before a program, save when that has options, or a path with a blank was split.
    return at < 2 || (words[at + 1] === 'server' && (interpreted || pathStart(words, at) !== undefined));
  });
  return asModule || asProgram ? 'stock' : undefined;
}

/**
 * The word in which the path starts that ends in `words[end]`. It is an earlier word when the system tells the command
 * line as one text and a folder's name has a blank.
 */
function pathStart(words: readonly string[], end: number): number | undefined {
  for (let at = end; at >= 0; at--) {
    const word = words[at] ?? '';
    if (/^([A-Za-z]:)?[/\\]/.test(word)) return at;
    if (word.startsWith('-')) return undefined;
  }
  return undefined;
}

/** From /proc/<pid>/stat: the state's letter, and the start in clock ticks after the machine's. */
export function readStat(text: string): { state: string; ticks: number } | undefined {
  // The name may hold blanks and brackets: what follows the last bracket is safe to split.
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  const ticks = Number(fields[19]);
  return fields[0] && Number.isInteger(ticks) ? { state: fields[0], ticks } : undefined;
}

/** From /proc/<pid>/status: the user it runs as. */
export function readUser(status: string): number | undefined {
  const user = /^Uid:\s*(\d+)/m.exec(status)?.[1];
  return user === undefined ? undefined : Number(user);
}

/** From /proc/stat: when the machine began, in milliseconds since 1970. */
export function readBootMs(stat: string): number {
  return Number(/^btime (\d+)$/m.exec(stat)?.[1] ?? Number.NaN) * 1000;
}

/** The words of /proc/<pid>/cmdline, or the entries of /proc/<pid>/environ: each ends with a zero. */
export function readWords(text: string): string[] {
  return text.split('\0').slice(0, -1);
}

/** From `ps -o uid= -o state= -o lstart= -o comm=` of macOS, in the C locale and UTC. */
export function readPs(
  line: string,
): { user: number; state: string; startTime: string; executable: string } | undefined {
  const found = /^\s*(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]{8}\s+\d{4})\s+(\S.*?)\s*$/.exec(line);
  const [, user, state = '', startTime = '', executable = ''] = found ?? [];
  return user === undefined ? undefined : { user: Number(user), state, startTime, executable };
}

/** From `ps -Eww -ax -o pid= -o command=` of macOS: whose line names the run. The environment follows the command. */
export function withRunIn(lines: string, id: string): { pid: number; line: string }[] {
  return lines
    .split('\n')
    .map(text => /^\s*(\d+)\s(.*)$/.exec(text))
    .map(found => ({ pid: Number(found?.[1]), line: found?.[2] ?? '' }))
    .filter(({ line }) => ` ${line} `.includes(` ${RUN_ID}=${id} `));
}

/** The words of a command line that comes as one text, as on macOS and Windows. Good enough to see what is run. */
export function splitWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** Parses the JSON that our query of `Win32_Process` prints. */
export function readCim(text: string): Omit<Process, 'pid' | 'beganMs' | 'stopped'> | undefined {
  let value: Record<string, unknown> | null;
  try {
    value = JSON.parse(text);
  } catch {
    // Nothing, because there is no such process; or an error message.
    return undefined;
  }
  const { startTime, executable, commandLine, mine } = value ?? {};
  if (typeof startTime !== 'string') return undefined;
  return {
    startTime,
    executable: typeof executable === 'string' ? executable : '',
    words: splitWords(typeof commandLine === 'string' ? commandLine : ''),
    mine: mine === true,
  };
}
