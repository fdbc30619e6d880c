// @ts-check
import { results } from './results.mjs';

/** @typedef {import('./results.mjs').Results} Results */
/** @typedef {Record<string, () => Promise<Results | void>>} Suites by name; one that returns nothing has passed as one test */

/**
 * Runs suites one after another. One that throws has failed, and the others run all the same: the last line is to tell
 * the whole truth.
 * @param {Suites} suites
 * @param {(line: string) => void} [say]
 * @returns {Promise<Results[]>}
 */
export async function runSuites(suites, say = console.log) {
  const all = [];
  for (const [name, run] of Object.entries(suites)) {
    say(`\n# ${name}`);
    const started = performance.now();
    try {
      all.push((await run()) ?? results({ passed: 1 }));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      all.push(results({ failed: [{ name, detail }] }));
    }
    say(`# ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  return all;
}
