/** Decides whether and when a server that exited is restarted: as in Erlang, so many restarts in a period. */

import type { Retry } from './state';

/** More ends than this within the period, and the user is asked instead. */
export const RESTARTS = 5;
export const PERIOD_MS = 600_000;

const FIRST_MS = 500;
const FACTOR = 2;

/**
 * What to do about an end at `nowMs`. `earlier` are the times of those before it, in milliseconds of the same clock;
 * `chance` is from 0 to 1. The wait grows with each, and half of it is left to chance, so that programs which failed
 * together do not come back together.
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

/** Those that still count. */
export function recent(times: readonly number[], nowMs: number): number[] {
  return times.filter(time => nowMs - time < PERIOD_MS);
}
