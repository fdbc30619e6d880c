// @ts-check
import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 60_000;
const PAUSE_MS = 20;

/**
 * Asks until there is an answer other than undefined or false, and returns it. Throws, saying what did not come.
 * @template Answer
 * @param {string} what
 * @param {() => Answer | Promise<Answer>} ask
 * @param {{ limitMs?: number, pauseMs?: number, instead?: () => unknown }} [options] `instead`: what there is, for
 *   the error
 * @returns {Promise<Exclude<Answer, undefined | false>>}
 */
export async function until(what, ask, { limitMs = LIMIT_MS, pauseMs = PAUSE_MS, instead } = {}) {
  const limit = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return /** @type {Exclude<Answer, undefined | false>} */ (answer);
    if (performance.now() > limit) {
      const seen = instead === undefined ? '' : ` There is: ${text(await instead())}`;
      throw new Error(`In ${limitMs / 1000} s this did not come: ${what}.${seen}`);
    }
    await pause(pauseMs);
  }
}

/** @param {unknown} value */
function text(value) {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(-600);
}
