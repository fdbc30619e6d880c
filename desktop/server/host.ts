import type { Failure } from './core/state';

/** Launches servers for the supervisor. `child-process.ts` implements it; tests replace it. */
export interface BackendHost {
  /** Spawns a server. Never throws: `onEnd` reports a file that cannot be run. */
  launch(events: ServerEvents): Server;
}

export interface ServerEvents {
  /** Called once, when the process has exited or could not be spawned. Never before `launch` or `requestStop` returns. */
  onEnd(end: ServerEnd): void;
  /** The server's files are damaged. It may still run, and must be stopped. */
  onDamage(damage: Extract<Failure, { kind: 'damaged' }>): void;
  /** The server wrote to stderr. */
  onOutput(): void;
}

/** Why a server has ended. */
export type ServerEnd = Exclude<Failure, { kind: 'exited' | 'too-slow' | 'loopback' | 'unresponsive' }> | Ended;
type Ended = Omit<Extract<Failure, { kind: 'exited' }>, 'ready'>;

export interface Server {
  pid: number | undefined;
  /** Sent with the page's requests; undefined for a server without a gateway. */
  token: string | undefined;
  probe(signal: AbortSignal): Promise<ProbeResult>;
  /** The last lines on stderr, redacted. */
  lastLines(): string[];
  /** The process is suspended (SIGSTOP, a debugger), so it cannot respond. */
  isSuspended(): boolean;
  /** Nothing on this machine can connect to 127.0.0.1. Undefined for a server that is not supervised. */
  isLoopbackCut?(): Promise<boolean>;
  /** The process has exited; `onEnd` may not have reported it yet. Called at each request of the page. */
  hasExited(): boolean;
  /** Closes the server's stdin, upon which it exits. */
  requestStop(): void;
  /** Kills the server and its children with SIGKILL. */
  killTree(): void;
}

/** Result of one health probe. All but `none` are authenticated; `attached` needs no proof. */
export type ProbeResult =
  /** `refused`: no program listens on the port. */
  | { kind: 'none'; refused?: true }
  | { kind: 'starting'; modules: number }
  /** `busy`: whether work is in progress. Stock CachiBot does not report it. */
  | { kind: 'ready'; version: string; busy?: boolean; strayLog?: string }
  | { kind: 'attached'; version: string };
