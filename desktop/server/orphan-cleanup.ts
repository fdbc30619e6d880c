import { setTimeout as delay } from 'node:timers/promises';
import type { KeptFile } from '../settings/json-file';
import { type Identity, isSame, type Process } from './core/process-info';
import { type Run, readRuns } from './core/run-record';
import type { Processes } from './process-table';

interface Options {
  /** Where the servers that run are written down. */
  file: KeptFile;
  processes(): Processes;
  shellPid: number;
  /** Time after the start before the server's process is recorded. */
  recordAfterMs: number;
  /** The run whose server has begun us, if one has: an agent may start this app. */
  within: string | undefined;
  log(line: string): void;
}

/** Knows what belongs to which server, in this run of the app and in those before it. */
export interface Runs {
  /** A name for the next server, which everything it starts carries too. */
  newId(): string;
  /** Writes down which process the server is. Its caller waits for nothing. */
  began(id: string, pid: number): void;
  /** The server has ended: ends what it has left. Returns one that even force has not ended. */
  ended(id: string): Promise<number | undefined>;
  /**
   * Ends what earlier runs have left because app and server were killed at once: a server that is the one written down,
   * in number, start and file, and what carries its run's name. Undefined when nothing was written down.
   */
  sweep(): Promise<Swept> | undefined;
}

/** Number of processes that had to be stopped. */
export interface Swept {
  servers: number;
  others: number;
}

/** A server ends itself within 8 s of being asked, see `cachibot_desktop/process/shutdown.py`. */
const SERVER_MS = 9_000;
/** Orphans of an agent get as much time as their server gives them. */
const OTHERS_MS = 500;
/** Until what was killed by force is called stuck. */
const KILLED_MS = 2_000;
const LOOK_MS = 20;

export function createRuns(options: Options): Runs {
  const { file, processes, shellPid, recordAfterMs, within, log } = options;
  let runs: Run[] = [];
  const over = new Set<string>();
  let shell: Promise<Process | undefined> | undefined;

  return {
    // From the global `crypto`, which is there sooner than `node:crypto` is loaded.
    newId: () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex'),

    began(id, pid) {
      void writeDown(id, pid);
    },

    async ended(id) {
      over.add(id);
      const { left } = await endOthers(id, options);
      keep(runs.filter(run => run.id !== id));
      return left[0]?.pid;
    },

    sweep() {
      const earlier = readRuns(file.read());
      return earlier.length === 0 ? undefined : sweep(earlier);
    },
  };

  async function sweep(earlier: readonly Run[]): Promise<Swept> {
    const swept = { servers: 0, others: 0 };
    const strangers: Run[] = [];
    for (const run of earlier) {
      // Its app still lives, or is the ancestor of this one: what it does is not over.
      if ((await isThere(run.shell, options)) || run.id === within) strangers.push(run);
      else {
        if (await endServer(run.server, options)) swept.servers++;
        swept.others += (await endOthers(run.id, options)).found;
      }
    }
    keep([...strangers, ...runs]);
    return swept;
  }

  async function writeDown(id: string, pid: number): Promise<void> {
    if (recordAfterMs > 0) await delay(recordAfterMs, undefined, { ref: false });
    if (over.has(id)) return;
    shell ??= processes().look(shellPid);
    const [ours, server] = await Promise.all([shell, processes().look(pid)]);
    if (ours && server && !over.has(id)) keep([...runs, { id, shell: plain(ours), server: plain(server) }]);
  }

  function keep(now: Run[]): void {
    runs = now;
    try {
      if (runs.length > 0) file.write(runs);
      else file.remove();
    } catch (error) {
      log(`which servers run could not be written down: ${(error as Error).message}`);
    }
  }
}

/** Ends the server of an earlier run. Returns whether it was still there. */
async function endServer(server: Identity, { processes, log }: Options): Promise<boolean> {
  if (!(await processes().ask(server))) return false;
  log(`an earlier run has left its server ${server.pid}, which is asked to end`);
  if (await processes().isGone(server, SERVER_MS)) return true;
  log(`the server ${server.pid} of an earlier run did not listen and is killed`);
  await processes().kill(server, 'tree');
  await processes().isGone(server, KILLED_MS);
  return true;
}

/** Ends what the run's server has started and left. Returns how many there were, and those that even force did not end. */
async function endOthers(
  id: string,
  { processes, log }: Options,
): Promise<{ found: number; left: readonly Process[] }> {
  let left = await processes().withRunId(id);
  const found = left.length;
  if (found === 0) return { found, left };
  const what = left.map(({ pid, executable }) => `${pid} (${executable})`);
  log(`a server has left what was started in it, which is ended: ${what.join(', ')}`);
  const some = async () => {
    left = await processes().withRunId(id);
    return left.length > 0;
  };
  await Promise.all(left.map(one => processes().ask(one)));
  if (await untilGone(some, OTHERS_MS)) return { found, left };
  // Repeatedly: a process may spawn another after the list was read.
  await untilGone(async () => {
    await Promise.all(left.map(one => processes().kill(one, 'process')));
    return some();
  }, KILLED_MS);
  for (const { pid } of left) log(`process ${pid} is still there though it was killed`);
  return { found, left };
}

async function isThere(known: Identity, { processes }: Options): Promise<boolean> {
  return isSame(known, await processes().look(known.pid));
}

async function untilGone(isThere: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  const limit = performance.now() + limitMs;
  while (await isThere()) {
    if (performance.now() > limit) return false;
    await delay(LOOK_MS);
  }
  return true;
}

/** Returns only the fields that identify the process. */
function plain({ pid, startTime, executable }: Identity): Identity {
  return { pid, startTime, executable };
}
