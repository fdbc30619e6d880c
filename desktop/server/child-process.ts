import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import treeKill from 'tree-kill';
import { TailBuffer } from '../log/core/tail-buffer';
import { runProgram } from '../system/run-program';
import { runTaskkill } from '../system/windows-program';
import { readDataOwner } from './core/data-owner';
import { EXIT_CODES } from './core/exit-codes';
import type { BackendHost, ProbeResult, Server, ServerEnd, ServerEvents } from './host';
import type { OrphanCleanup } from './orphan-cleanup';
import { tryPort } from './port';

/** Requests the health of the server at `address`, see `health-probe.ts`. */
export type Probe = (address: string, token: string | undefined, signal: AbortSignal) => Promise<ProbeResult>;

interface Options {
  file: string;
  args: readonly string[];
  identity: 'token' | 'child';
  port: number;
  /** Returns the server's environment, without the token: other programs can read it. */
  environment(runId: string): NodeJS.ProcessEnv;
  cleanup: Pick<OrphanCleanup, 'newRunId' | 'recordServer' | 'afterExit'>;
  /** The agent's working directory; created when missing. */
  workspace: string;
  /** POSIX: spawns the server in a new process group, so that one signal reaches the whole group. */
  processGroup: boolean;
  probe: Probe;
  /** Returns this number of random bytes, as hex digits. */
  randomHex(bytes: number): string;
  isSuspended(pid: number): boolean;
  isLoopbackCut(): Promise<boolean>;
  hasExited(pid: number): boolean;
  /** Removes secrets from a line, see `log/core/redact.ts`. */
  redact(line: string): string;
  /** Opens the log for one of the server's two output streams. */
  output(): { write(text: string): void; end(): void };
  log(line: string): void;
}

const LINES_SHOWN = 10;
/** Time after the exit for the last output to arrive. */
const LAST_OUTPUT_MS = 100;
/** Longest wait between two checks whether the port is free; each wait is twice as long as the previous. */
const PORT_MS = 400;

/** Time limit of `ps`. After it only the process group is killed. */
export const PS_MS = 1_000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Stands for a server that could not be spawned. */
const NO_PROCESS: Omit<Server, 'token'> = {
  pid: undefined,
  probe: async () => ({ kind: 'none' }),
  lastLines: () => [],
  isSuspended: () => false,
  hasExited: () => true,
  requestStop() {},
  killTree() {},
};

/** Spawns servers on the real machine, probes them, and stops each with all its descendants. */
export function createBackendHost(options: Options): BackendHost {
  return { launch: events => ({ ...launch(options, events), isLoopbackCut: options.isLoopbackCut }) };
}

function launch(options: Options, { onEnd, onOutput }: ServerEvents): Server {
  const { port, identity, cleanup, log } = options;
  const token = identity === 'token' ? newToken(options.randomHex) : undefined;
  const lastLines = new TailBuffer();
  // Redacted here, once: they go to a page, files, the clipboard and a report.
  const redactedLines = () => lastLines.last(LINES_SHOWN).map(options.redact);

  const runId = cleanup.newRunId();
  const child = spawnServer(options, runId);
  if (child instanceof Error) {
    queueMicrotask(() => onEnd(notStarted(options, child)));
    return { ...NO_PROCESS, token };
  }

  // EPIPE when the server exits first: `exit` reports that.
  child.stdin.on('error', () => {});
  // Stock CachiBot has no token, and does not read its stdin.
  if (token !== undefined) child.stdin.write(`${token}\n`);

  if (child.pid !== undefined) cleanup.recordServer(runId, child.pid);
  const streams = { out: options.output(), err: options.output() };
  child.stdout.setEncoding('utf8').on('data', streams.out.write);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    onOutput();
    lastLines.push(text);
    streams.err.write(text);
  });

  // A file that cannot be run emits `error` and never `exit`. Later errors are followed by `exit`.
  child.on('error', error => {
    if (child.pid === undefined) onEnd(notStarted(options, error));
    else log(`server ${child.pid}: ${error.message}`);
  });
  // Not `close`, which a grandchild that inherited the pipes delays for ever.
  child.once('exit', (code, signal) => {
    if (options.processGroup && child.pid !== undefined) killGroup(child.pid);
    const cleanedUp = cleanUpAfter(options, runId, code);
    const report = once(async () => {
      // Writes a last line that has no line break.
      streams.out.end();
      streams.err.end();
      const survivor = await cleanedUp;
      onEnd(survivor === undefined ? endOf(code, signal, port, redactedLines()) : { kind: 'stuck', pid: survivor });
    });
    child.once('close', report);
    setTimeout(report, LAST_OUTPUT_MS);
  });

  return {
    pid: child.pid,
    token,
    probe: signal => options.probe(`http://127.0.0.1:${port}`, token, signal),
    lastLines: redactedLines,
    isSuspended: () => child.pid !== undefined && options.isSuspended(child.pid),
    hasExited: () => child.pid === undefined || options.hasExited(child.pid),
    // The server exits when its stdin closes, which also happens if this process dies.
    requestStop: () => child.stdin.end(),
    killTree: () => killTree(child, options),
  };
}

/** Returns 64 hex digits. */
export function newToken(randomHex: Options['randomHex']): string {
  return randomHex(32);
}

function spawnServer(options: Options, runId: string): Child | Error {
  const { file, args, port, environment, workspace, processGroup } = options;
  try {
    // For its owner only, whatever the umask. A folder that exists may be shared on purpose.
    mkdirSync(workspace, { recursive: true, mode: 0o700 });
    const child = spawn(file, [...args, '--host', '127.0.0.1', '--port', String(port)], {
      cwd: workspace,
      env: environment(runId),
      stdio: 'pipe',
      detached: processGroup,
      windowsHide: true,
    });
    // With too many files open Node returns a child without streams, contrary to its types.
    return (child.stdout as Readable | null) === null ? new Error('The system has too many files open.') : child;
  } catch (error) {
    return error as Error;
  }
}

function notStarted({ file, workspace }: Options, error: NodeJS.ErrnoException): ServerEnd {
  const reason = error.code ?? error.message;
  if (error.syscall === 'mkdir') return { kind: 'no-workspace', folder: workspace, reason };
  return { kind: 'not-started', file, reason };
}

function endOf(code: number | null, signal: string | null, port: number, lines: string[]): ServerEnd {
  if (code === EXIT_CODES.PORT_TAKEN) return { kind: 'port-lost', port };
  const { owner, rest } = readDataOwner(lines);
  return { kind: 'exited', code, signal, lines: rest, ...(owner ? { holder: owner } : {}) };
}

/** Waits until no descendant of the server is left and its port is free. Returns the PID of one that survives SIGKILL. */
async function cleanUpAfter(
  { cleanup, port, log }: Options,
  runId: string,
  code: number | null,
): Promise<number | undefined> {
  const survivor = await cleanup.afterExit(runId);
  // After PORT_TAKEN the port belongs to another program.
  if (code !== EXIT_CODES.PORT_TAKEN && !(await isPortFree(port)))
    log(`port ${port} is still taken, although the server has exited`);
  return survivor;
}

/** Polls: the system may release the port some time after its owner's exit. */
async function isPortFree(port: number): Promise<boolean> {
  for (let waitMs = 10; waitMs < PORT_MS; waitMs *= 2) {
    if ((await tryPort(port)) !== undefined) return true;
    await delay(waitMs);
  }
  return false;
}

/** Kills the tree of children where `ps` works, and the process group, which includes children with another parent. */
function killTree(child: Child, { processGroup, log }: Options): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (!processGroup) return void killTreeOnWindows(child, pid, log);
  const killItsGroup = once(() => killGroup(pid));
  const killChildren = () =>
    treeKill(pid, 'SIGKILL', error => {
      if (error) log(`tree-kill: ${error.message}`);
      killItsGroup();
    });
  // tree-kill throws from an event, past every catch, when `ps` cannot be run, and waits for ever when `ps` hangs.
  void runProgram('ps', ['-p', String(pid)], { limitMs: PS_MS }).then(({ failure }) => {
    if (failure) log(`ps does not work: ${failure.reason}`);
    else killChildren();
    setTimeout(killItsGroup, failure ? 0 : PS_MS);
  });
}

/** The server's job object kills the children, if the tree cannot be killed. */
async function killTreeOnWindows(child: Child, pid: number, log: (line: string) => void): Promise<void> {
  const { failure } = await runTaskkill(pid, '/F', '/T');
  if (failure === undefined || child.exitCode !== null || child.signalCode !== null) return;
  log(`taskkill: ${failure.reason}`);
  child.kill('SIGKILL');
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // ESRCH: the group is empty.
  }
}

/** Attaches to a server that a developer already runs. Starts and stops nothing. */
export function createAttachedHost(url: string, probe: Probe): BackendHost {
  return {
    launch: ({ onEnd }) => ({
      pid: undefined,
      token: undefined,
      async probe(signal) {
        const result = await probe(url, undefined, signal);
        return result.kind === 'ready' ? { kind: 'attached', version: result.version } : result;
      },
      lastLines: () => [],
      isSuspended: () => false,
      hasExited: () => false,
      requestStop: () => queueMicrotask(() => onEnd({ kind: 'exited', code: 0, signal: null, lines: [] })),
      killTree() {},
    }),
  };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
