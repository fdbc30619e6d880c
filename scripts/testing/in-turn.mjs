// @ts-check

/** @typedef {import('./counted.mjs').Counted} Counted */

/**
 * Runs what has a name, one after another. What throws has failed, and the rest runs all the same: the last line
 * is to tell the whole truth.
 * @param {Record<string, () => Promise<Counted | void>>} named what returns nothing has passed, as one
 * @param {(line: string) => void} [say]
 * @returns {Promise<Counted[]>}
 */
export async function inTurn(named, say = console.log) {
  const results = [];
  for (const [name, run] of Object.entries(named)) {
    say(`\n# ${name}`);
    const started = performance.now();
    try {
      results.push((await run()) ?? { passed: 1, failed: [], skipped: [] });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      results.push({ passed: 0, failed: [{ name, detail }], skipped: [] });
    }
    say(`# ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  return results;
}
