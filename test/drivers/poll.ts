/** Polls a condition. */

import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 60_000;
const PAUSE_MS = 20;

export interface Polling {
  limitMs?: number;
  pauseMs?: number;
  /** Returns the actual value, for the error message. */
  actual?: () => unknown;
}

/**
 * Calls `check` until it returns a value other than undefined or false, and returns that value.
 * @param what names the value in the error message
 * @throws Error after `limitMs`
 */
export async function until<Value>(
  what: string,
  check: () => Value | Promise<Value>,
  { limitMs = LIMIT_MS, pauseMs = PAUSE_MS, actual }: Polling = {},
): Promise<Exclude<Value, undefined | false>> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const value = await check();
    if (isPresent(value)) return value;
    if (performance.now() > limit) {
      const seen = actual === undefined ? '' : ` Actual: ${textOf(await actual())}`;
      throw new Error(`Timed out after ${limitMs / 1000} s waiting for: ${what}.${seen}`);
    }
    await pause(pauseMs);
  }
}

function isPresent<Value>(value: Value): value is Exclude<Value, undefined | false> {
  return value !== undefined && value !== false;
}

function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')).slice(-600);
}
