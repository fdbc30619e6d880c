// @ts-check

/**
 * What one check or suite came to.
 * @typedef {object} Counted
 * @property {number} passed
 * @property {{ name: string, detail: string }[]} failed
 * @property {string[]} skipped names
 * @property {string[]} [elsewhere] names of those that only other systems can run, which is no failure here
 */

/**
 * @param {Counted[]} results
 * @param {{ skippedCountsAsFailed: boolean }} options
 * @returns {Counted}
 */
export function sum(results, { skippedCountsAsFailed }) {
  const failed = results.flatMap(result => result.failed);
  const skipped = results.flatMap(result => result.skipped);
  return {
    passed: results.reduce((total, result) => total + result.passed, 0),
    failed: skippedCountsAsFailed
      ? [...failed, ...skipped.map(name => ({ name, detail: 'skipped; here every test must run' }))]
      : failed,
    skipped: skippedCountsAsFailed ? [] : skipped,
    elsewhere: results.flatMap(result => result.elsewhere ?? []),
  };
}

/**
 * Prints what failed, in words, and as the very last line how many passed and failed.
 * @param {Counted} total
 * @returns {number} the exit code: 0 only when something ran and nothing failed
 */
export function report({ passed, failed, skipped, elsewhere = [] }) {
  const nothing = passed === 0 && failed.length === 0;
  if (failed.length > 0) console.log(`\nFailed:`);
  for (const { name, detail } of failed) console.log(`\n  ${name}\n${indented(detail)}`);
  if (skipped.length > 0) console.log(`\nSkipped: ${skipped.join(', ')}`);
  if (elsewhere.length > 0) console.log(`\nNot for this system, ${elsewhere.length}: ${elsewhere.join(', ')}`);
  if (nothing) console.log('\nNothing ran.');
  console.log(`\n${passed} passed, ${failed.length} failed`);
  return nothing || failed.length > 0 ? 1 : 0;
}

/** @param {string} detail */
function indented(detail) {
  const lines = detail.trimEnd().split('\n');
  return lines.map(line => `    ${line}`).join('\n');
}
