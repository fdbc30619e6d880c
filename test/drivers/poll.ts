import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 60_000;
const PAUSE_MS = 20;

export interface Polling {
  limitMs?: number;
  pauseMs?: number;
  /** What there is in place of the answer, for the error. */
  instead?: () => unknown;
}

/**
 * Asks until there is an answer other than undefined or false, and returns it.
 * @param what names the answer in the error
 * @throws Error when there is no answer in time.
 */
export async function until<Answer>(
  what: string,
  ask: () => Answer | Promise<Answer>,
  { limitMs = LIMIT_MS, pauseMs = PAUSE_MS, instead }: Polling = {},
): Promise<Exclude<Answer, undefined | false>> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (isThere(answer)) return answer;
    if (performance.now() > limit) {
      const seen = instead === undefined ? '' : ` There is: ${textOf(await instead())}`;
      throw new Error(`In ${limitMs / 1000} s this did not come: ${what}.${seen}`);
    }
    await pause(pauseMs);
  }
}

function isThere<Answer>(answer: Answer): answer is Exclude<Answer, undefined | false> {
  return answer !== undefined && answer !== false;
}

function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')).slice(-600);
}
