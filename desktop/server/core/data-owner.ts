/** The other server that uses the data, as the entry reports it when it exits with DATA_IN_USE (`exit-codes.ts`). */

import { type Process, serverIn } from './process-info';

export interface DataOwner {
  /** The user's own `cachibot server`, or that of an app like this one. */
  kind: 'stock' | 'app';
  pid: number;
  /** When it started, in milliseconds since 1970. */
  beganMs: number;
}

/** Tolerance between the start times that the entry and the shell read: one of them has whole seconds only. */
const CLOCK_MS = 3_000;

/** Removes the line for the shell from a server's last lines. Returns the data owner in it, and the lines for the user. */
export function readDataOwner(lines: readonly string[]): { owner: DataOwner | undefined; rest: string[] } {
  const at = lines.findIndex(line => line.startsWith('{"holder":'));
  return { owner: ownerIn(lines[at]), rest: lines.filter((_line, index) => index !== at) };
}

/** Whether a process is the data owner. The PID alone is not enough: the system may have reused it. */
export function isDataOwner({ kind, pid, beganMs }: DataOwner, found: Process): boolean {
  const sameStart = Math.abs(found.beganMs - beganMs) <= CLOCK_MS;
  return found.mine && found.pid === pid && sameStart && serverIn(found.args) === kind;
}

function ownerIn(line: string | undefined): DataOwner | undefined {
  let value: { holder?: Record<string, unknown> };
  try {
    value = JSON.parse(line ?? '{}');
  } catch {
    // Truncated: the server was killed while it wrote the line.
    return undefined;
  }
  const { kind, pid, since } = value.holder ?? {};
  if ((kind !== 'stock' && kind !== 'app') || !Number.isSafeInteger(pid) || !Number.isFinite(since)) return undefined;
  return { kind, pid: Number(pid), beganMs: Number(since) * 1000 };
}
