/** The other server that uses the data, as the entry reports it when it exits with DATA_IN_USE (`exit-codes.ts`). */

import { type Process, serverIn } from './process-info';

export interface Holder {
  /** The user's own `cachibot server`, or that of an app like this one. */
  kind: 'stock' | 'app';
  pid: number;
  /** When it began, in milliseconds since 1970. */
  beganMs: number;
}

/** The entry and the shell read the same start, each in its own way, and one of them in whole seconds. */
const CLOCK_MS = 3_000;

/** Takes what was said for the shell out of the last lines, and returns who it names and what is left for a user. */
export function readHolder(lines: readonly string[]): { holder: Holder | undefined; rest: string[] } {
  const at = lines.findIndex(line => line.startsWith('{"holder":'));
  return { holder: holderIn(lines[at]), rest: lines.filter((_line, index) => index !== at) };
}

/** Whether this process is the one that was named; the number alone would be anybody's by now. */
export function isHolder({ kind, pid, beganMs }: Holder, found: Process): boolean {
  const began = Math.abs(found.beganMs - beganMs) <= CLOCK_MS;
  return found.mine && found.pid === pid && began && serverIn(found.words) === kind;
}

function holderIn(line: string | undefined): Holder | undefined {
  let value: { holder?: Record<string, unknown> };
  try {
    value = JSON.parse(line ?? '{}');
  } catch {
    // Cut off, by a server that was ended in the middle of it.
    return undefined;
  }
  const { kind, pid, since } = value.holder ?? {};
  if ((kind !== 'stock' && kind !== 'app') || !Number.isSafeInteger(pid) || !Number.isFinite(since)) return undefined;
  return { kind, pid: Number(pid), beganMs: Number(since) * 1000 };
}
