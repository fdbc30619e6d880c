// @ts-check
import { results } from './results.mjs';

/** @typedef {import('./results.mjs').Results} Results */
/** @typedef {Record<string, () => Promise<Results | void>>} Suites by name; without results, a suite counts as one test */

/**
 * Runs suites one after another. A suite that throws has failed; the other suites still run, so that the last line
 * reports all failures.
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
