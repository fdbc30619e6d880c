/** Decides whether and when a server that exited is restarted: as in Erlang, a number of restarts per period. */

import type { Retry } from './state';

/** Restarts within the period. After more exits than this the user decides. */
export const RESTARTS = 5;
export const PERIOD_MS = 600_000;

const FIRST_MS = 500;
const FACTOR = 2;

/**
 * Plans the restart after an exit at `nowMs`; undefined when the limit is reached. `earlier`: times of earlier exits, in
 * milliseconds of the same clock. `chance`: 0 to 1. The wait doubles with each exit, and half of it is random, so that
 * programs that failed together do not restart together.
 */
export function planRestart(
  earlier: readonly number[],
  nowMs: number,
  chance: number,
  limit = RESTARTS,
): Retry | undefined {
  const attempt = recent(earlier, nowMs).length + 1;
  if (attempt > limit) return undefined;
  const longest = FIRST_MS * FACTOR ** (attempt - 1);
  return { attempt, waitMs: Math.round(longest * (0.5 + chance / 2)) };
}

/** Returns the times that lie within the period. */
export function recent(times: readonly number[], nowMs: number): number[] {
  return times.filter(time => nowMs - time < PERIOD_MS);
}
