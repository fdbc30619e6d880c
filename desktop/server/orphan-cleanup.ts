import { setTimeout as delay } from 'node:timers/promises';
import type { JsonFile } from '../settings/json-file';
import { type Identity, isSame, type Process } from './core/process-info';
import { type RunRecord, readRunRecords } from './core/run-record';
import type { Processes } from './process-table';

interface Options {
  /** Stores a record of each running server. */
  file: JsonFile;
  processes(): Processes;
  shellPid: number;
  /** Returns this number of random bytes, as hex digits. */
  randomHex(bytes: number): string;
  /** Time after the start before the server's process is recorded. */
  recordAfterMs: number;
  /** The run ID in this app's own environment: an agent may start this app, as a descendant of its server. */
  within: string | undefined;
  log(line: string): void;
}

/** Finds and stops what servers leave behind, in this session of the app and in earlier ones. */
export interface OrphanCleanup {
  /** Returns an ID for the next server, which the server and all its descendants carry in their environment. */
  newRunId(): string;
  /** Records the server's process in the file, in the background. */
  recordServer(id: string, pid: number): void;
  /** Stops what a server that has exited left behind. Returns the PID of a process that survives SIGKILL, if any. */
  afterExit(id: string): Promise<number | undefined>;
  /**
   * Stops what earlier sessions left because app and server were killed at once: a server whose PID, start time and file
   * are the recorded ones, and each process with its run ID. Returns undefined when nothing was recorded.
   */
  cleanUp(): Promise<CleanupCounts> | undefined;
}

/** Number of processes that had to be stopped. */
export interface CleanupCounts {
  servers: number;
  others: number;
}

/** A server exits within 8 s of SIGTERM, see `cachibot_desktop/process/shutdown.py`. */
const SERVER_MS = 9_000;
/** A server gives its descendants the same time. */
const OTHERS_MS = 500;
/** From SIGKILL until a process counts as stuck. */
const KILLED_MS = 2_000;
const POLL_MS = 20;

export function createOrphanCleanup(options: Options): OrphanCleanup {
  const { file, processes, shellPid, randomHex, recordAfterMs, within, log } = options;
  let records: RunRecord[] = [];
  const exited = new Set<string>();
  let shell: ReturnType<Processes['find']> | undefined;

  return {
    newRunId: () => randomHex(16),

    recordServer: (id, pid) => void record(id, pid),

    async afterExit(id) {
      exited.add(id);
      const { left } = await stopDescendants(id, options);
      save(records.filter(known => known.id !== id));
      return left[0]?.pid;
    },

    cleanUp() {
      const earlier = readRunRecords(file.read());
      return earlier.length === 0 ? undefined : cleanUp(earlier);
    },
  };

  async function cleanUp(earlier: readonly RunRecord[]): Promise<CleanupCounts> {
    const counts = { servers: 0, others: 0 };
    const inUse: RunRecord[] = [];
    for (const known of earlier) {
      // Its app is still running, or may be; or this app is a descendant of its server.
      if ((await mayRun(known.shell, options)) || known.id === within) inUse.push(known);
      else {
        if (await stopServer(known.server, options)) counts.servers++;
        counts.others += (await stopDescendants(known.id, options)).found;
      }
    }
    save([...inUse, ...records]);
    return counts;
  }

  async function record(id: string, pid: number): Promise<void> {
    // Waits even for 0 ms, so that the process table is loaded after the modules that a user waits for.
    await delay(recordAfterMs, undefined, { ref: false });
    if (exited.has(id)) return;
    shell ??= processes().find(shellPid);
    const [ours, server] = await Promise.all([shell, processes().find(pid)]);
    if (!isKnown(ours) || !isKnown(server) || exited.has(id)) return;
    save([...records, { id, shell: identityOf(ours), server: identityOf(server) }]);
  }

  function save(now: RunRecord[]): void {
    records = now;
    try {
      if (records.length > 0) file.write(records);
      else file.remove();
    } catch (error) {
      log(`the record of running servers could not be saved: ${(error as Error).message}`);
    }
  }
}

/** Stops the server of an earlier session. Returns whether it was still running. */
async function stopServer(server: Identity, { processes, log }: Options): Promise<boolean> {
  if (!(await processes().terminate(server))) return false;
  log(`an earlier session has left its server ${server.pid}: sent SIGTERM`);
  if (await processes().waitForExit(server, SERVER_MS)) return true;
  log(`the server ${server.pid} of an earlier session did not exit: sending SIGKILL`);
  await processes().kill(server, 'tree');
  await processes().waitForExit(server, KILLED_MS);
  return true;
}

/** Stops the descendants a server has left. Returns how many there were, and those that survive SIGKILL. */
async function stopDescendants(
  id: string,
  { processes, log }: Options,
): Promise<{ found: number; left: readonly Process[] }> {
  let left = await processes().withRunId(id);
  const found = left.length;
  if (found === 0) return { found, left };
  const names = left.map(({ pid, executable }) => `${pid} (${executable})`);
  log(`a server has left descendants, which are stopped: ${names.join(', ')}`);
  const anyLeft = async () => {
    left = await processes().withRunId(id);
    return left.length > 0;
  };
  await Promise.all(left.map(descendant => processes().terminate(descendant)));
  if (await pollWhile(anyLeft, OTHERS_MS)) return { found, left };
  // Repeatedly: a process may spawn another after the list was read.
  await pollWhile(async () => {
    await Promise.all(left.map(descendant => processes().kill(descendant, 'process')));
    return anyLeft();
  }, KILLED_MS);
  for (const { pid } of left) log(`process ${pid} is still running after SIGKILL`);
  return { found, left };
}

async function mayRun(known: Identity, { processes }: Options): Promise<boolean> {
  const found = await processes().find(known.pid);
  return found === 'unknown' || isSame(known, found);
}

function isKnown(found: Process | 'unknown' | undefined): found is Process {
  return found !== undefined && found !== 'unknown';
}

/** Returns true once `condition` is false, or false when it still holds at the limit. */
async function pollWhile(condition: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  const limit = performance.now() + limitMs;
  while (await condition()) {
    if (performance.now() > limit) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Returns only the fields that identify the process. */
function identityOf({ pid, startTime, executable }: Identity): Identity {
  return { pid, startTime, executable };
}
