import type { Failure } from './core/state';

/** The machine as the supervisor sees it: it launches servers. `child-process.ts` is the real one. */
export interface BackendHost {
  /** Spawns a server. Never throws: `onGone` reports a file that cannot be run. */
  launch(events: ServerEvents): Server;
}

export interface ServerEvents {
  /** Called once, when the process has exited or could not be spawned. Never before `launch` or `askToStop` has returned. */
  onGone(end: ServerEnd): void;
  /** Its files are damaged. It may still run, and must be stopped. */
  onDamage(damage: Extract<Failure, { kind: 'damaged' }>): void;
  /** The server wrote to stderr. */
  onLife(): void;
}

export type ServerEnd = Exclude<Failure, { kind: 'exited' | 'too-slow' | 'unresponsive' }> | Ended;
type Ended = Omit<Extract<Failure, { kind: 'exited' }>, 'ready'>;

export interface Server {
  pid: number | undefined;
  /** Sent with the page's requests; undefined for a server without a gateway. */
  token: string | undefined;
  probe(signal: AbortSignal): Promise<Answer>;
  lastLines(): string[];
  /** The process is suspended (SIGSTOP, a debugger), so it cannot respond. */
  isStopped(): boolean;
  /** The process has exited; `onGone` may not have reported it yet. Called at each request of the page. */
  hasEnded(): boolean;
  askToStop(): void;
  killTree(): void;
}

/** Result of one health probe. All but `none` are authenticated; `attached` needs no proof. */
export type Answer =
  | { kind: 'none' }
  | { kind: 'starting'; modules: number }
  | { kind: 'ready'; version: string; strayLog?: string }
  | { kind: 'attached'; version: string };
