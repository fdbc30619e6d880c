import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import treeKill from 'tree-kill';
import { maskSecrets } from '../log/core/redact';
import { LastLines } from '../log/core/tail-buffer';
import { readHolder } from './core/data-owner';
import { EXIT_CODES } from './core/exit-codes';
import type { Answer, BackendHost, Server, ServerEnd, ServerEvents } from './host';
import type { Runs } from './orphan-cleanup';
import { tryPort } from './port';

/** Asks who is on the port, see `health-probe.ts`. */
export type Probe = (address: string, token: string | undefined, signal: AbortSignal) => Promise<Answer>;

interface Options {
  file: string;
  args: readonly string[];
  identity: 'token' | 'child';
  port: number;
  /** The server's environment, given the name of its run, and its token, if it can take one. */
  environment(runId: string, token: string | undefined): NodeJS.ProcessEnv;
  runs: Pick<Runs, 'newId' | 'began' | 'ended'>;
  /** Where the agent works; made when missing. */
  workspace: string;
  /** POSIX: the server leads a group of its own, which one signal reaches as a whole. */
  processGroup: boolean;
  probe: Probe;
  isStopped(pid: number): boolean;
  hasEnded(pid: number): boolean;
  /** Takes what the server wrote, as it came: one for each of its two streams. */
  output(): { write(text: string): void; end(): void };
  log(line: string): void;
}

const LINES_SHOWN = 10;
/** Time that the last output may arrive after the exit. */
const LAST_WORDS_MS = 100;
/** The longest of the waits for the port of a server that has ended, each twice as long as the one before. */
const PORT_MS = 400;

/** For `ps`, each time; then it has to do without. */
const PS_MS = 1_000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** The server whose process could not be spawned. */
const NO_PROCESS: Omit<Server, 'token'> = {
  pid: undefined,
  probe: async () => ({ kind: 'none' }),
  lastLines: () => [],
  isStopped: () => false,
  hasEnded: () => true,
  askToStop() {},
  killTree() {},
};

/** The real machine: begins servers, asks them who they are, and ends them with all they started. */
export function createBackendHost(options: Options): BackendHost {
  return { launch: events => launch(options, events) };
}

function launch(options: Options, { onGone, onLife }: ServerEvents): Server {
  const { port, identity, runs, log } = options;
  const token = identity === 'token' ? newToken() : undefined;
  const lastLines = new LastLines();
  // Masked once, here: they go to a page, files, the clipboard and a report.
  const shown = () => lastLines.last(LINES_SHOWN).map(maskSecrets);

  const runId = runs.newId();
  const child = begin(options, runId, token);
  if (child instanceof Error) {
    queueMicrotask(() => onGone(notStarted(options, child)));
    return { ...NO_PROCESS, token };
  }

  if (child.pid !== undefined) runs.began(runId, child.pid);
  const streams = { out: options.output(), err: options.output() };
  child.stdout.setEncoding('utf8').on('data', streams.out.write);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    onLife();
    lastLines.push(text);
    streams.err.write(text);
  });
  // The server may end before it has read what we send; that is the exit's news to bring.
  child.stdin.on('error', () => {});

  // A file that cannot be run never exits, so `error` speaks for it. Later errors are followed by `exit`.
  child.on('error', error => {
    if (child.pid === undefined) onGone(notStarted(options, error));
    else log(`server ${child.pid}: ${error.message}`);
  });
  // Not `close`: a grandchild that inherited the pipes would keep it from ever firing.
  child.once('exit', (code, signal) => {
    if (options.processGroup && child.pid !== undefined) killGroup(child.pid);
    const alone = endRemains(options, runId, code);
    const tell = once(async () => {
      // The log would hold back the last line until it is whole.
      streams.out.end();
      streams.err.end();
      const survivor = await alone;
      onGone(survivor === undefined ? endOf(code, signal, port, shown()) : { kind: 'stuck', pid: survivor });
    });
    child.once('close', tell);
    setTimeout(tell, LAST_WORDS_MS);
  });

  return {
    pid: child.pid,
    token,
    probe: signal => options.probe(`http://127.0.0.1:${port}`, token, signal),
    lastLines: shown,
    isStopped: () => child.pid !== undefined && options.isStopped(child.pid),
    hasEnded: () => child.pid === undefined || options.hasEnded(child.pid),
    // The server leaves when its stdin closes, which also happens if this process dies.
    askToStop: () => child.stdin.end(),
    killTree: () => killTree(child, options),
  };
}

/** 64 hex digits. From the global `crypto`, which is there sooner than `node:crypto` is loaded. */
function newToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
}

function begin(options: Options, runId: string, token: string | undefined): Child | Error {
  const { file, args, port, environment, workspace, processGroup } = options;
  try {
    mkdirSync(workspace, { recursive: true });
    const child = spawn(file, [...args, '--host', '127.0.0.1', '--port', String(port)], {
      cwd: workspace,
      env: environment(runId, token),
      stdio: 'pipe',
      detached: processGroup,
      windowsHide: true,
    });
    // With too many files open Node gives a child without streams, whatever the types say.
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
  const { holder, rest } = readHolder(lines);
  return { kind: 'exited', code, signal, lines: rest, ...(holder ? { holder } : {}) };
}

/** Until nothing of the server is left and its port is free. Returns a process that even force has not ended. */
async function endRemains(
  { runs, port, log }: Options,
  runId: string,
  code: number | null,
): Promise<number | undefined> {
  const survivor = await runs.ended(runId);
  // A server that never had the port cannot have left it.
  if (code !== EXIT_CODES.PORT_TAKEN && !(await isFreed(port)))
    log(`port ${port} is still taken, though the server has ended`);
  return survivor;
}

/** The system may take a moment to see that the one who held it is gone. */
async function isFreed(port: number): Promise<boolean> {
  for (let waitMs = 10; waitMs < PORT_MS; waitMs *= 2) {
    if ((await tryPort(port)) !== undefined) return true;
    await delay(waitMs);
  }
  return false;
}

/** Kills by parentage where `ps` is of use, and by group, which also catches what changed its parent. */
function killTree({ pid }: Child, { processGroup, log }: Options): void {
  if (pid === undefined) return;
  const group = once(() => processGroup && killGroup(pid));
  const tree = () =>
    treeKill(pid, 'SIGKILL', error => {
      if (error) log(`tree-kill: ${error.message}`);
      group();
    });
  if (!processGroup) return tree();
  // tree-kill throws from an event, past every catch, when `ps` cannot be run, and waits for ever for one that hangs.
  execFile('ps', ['-p', String(pid)], { timeout: PS_MS, killSignal: 'SIGKILL' }, error => {
    if (error) log(`ps is of no use: ${error.message}`);
    else tree();
    setTimeout(group, error ? 0 : PS_MS);
  });
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // ESRCH: nobody is left in it, which is what we want.
  }
}

/** Stands in for a server a developer already runs: there is nothing to start, and nothing to stop. */
export function createAttachedHost(url: string, probe: Probe): BackendHost {
  return {
    launch: ({ onGone }) => ({
      pid: undefined,
      token: undefined,
      async probe(signal) {
        const answer = await probe(url, undefined, signal);
        return answer.kind === 'ready' ? { kind: 'attached', version: answer.version } : answer;
      },
      lastLines: () => [],
      isStopped: () => false,
      hasEnded: () => false,
      askToStop: () => queueMicrotask(() => onGone({ kind: 'exited', code: 0, signal: null, lines: [] })),
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
