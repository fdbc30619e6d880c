// @ts-check

/**
 * The results of a check or suite. The reporters of vitest and pytest write them in this shape.
 * @typedef {object} Results
 * @property {number} passed
 * @property {{ name: string, detail: string }[]} failed
 * @property {string[]} skipped names of skipped tests
 * @property {string[]} elsewhere names of tests that need another system; they are not failures
 * @property {string[]} retried names of tests that failed once and passed when they were run again
 * @property {Record<string, unknown>[]} rows rows for a table: `name`, `ok`, and fields that the tests add
 * @property {boolean} [aborted] no complete results: the run was ended, or wrote none
 */

/** A run with more retried tests than this fails, because its tests are not reliable. */
export const MOST_RETRIED = 3;

/** @type {Readonly<Results>} */
const NOTHING = { passed: 0, failed: [], skipped: [], elsewhere: [], retried: [], rows: [] };

/**
 * Creates results; properties that are not given are empty.
 * @param {Partial<Results>} some
 * @returns {Results}
 */
export function results(some) {
  return { ...NOTHING, ...some };
}

/**
 * Adds up results. Skipped tests count as failed if `skippedCountsAsFailed`.
 * @param {readonly Results[]} all
 * @param {{ skippedCountsAsFailed: boolean }} options
 * @returns {Results}
 */
export function sum(all, { skippedCountsAsFailed }) {
  const failed = all.flatMap(one => one.failed);
  const skipped = all.flatMap(one => one.skipped);
  const retried = all.flatMap(one => one.retried);
  if (skippedCountsAsFailed)
    failed.push(...skipped.map(name => ({ name, detail: 'Skipped. In CI every test must run.' })));
  if (retried.length > MOST_RETRIED) {
    const detail = `${retried.length} tests passed only on their second run; at most ${MOST_RETRIED} may.`;
    failed.push({ name: 'Steadiness', detail });
  }
  return {
    passed: all.reduce((total, { passed }) => total + passed, 0),
    failed,
    skipped: skippedCountsAsFailed ? [] : skipped,
    elsewhere: all.flatMap(one => one.elsewhere),
    retried,
    rows: all.flatMap(one => one.rows),
  };
}

/**
 * Prints the failures, and as the last line the numbers of passed and failed tests.
 * @param {Results} total
 * @returns {number} the exit code: 0 only if tests ran and none failed
 */
export function report({ passed, failed, skipped, elsewhere, retried }) {
  const nothing = passed === 0 && failed.length === 0;
  if (failed.length > 0) console.log(`\nFailed:`);
  for (const { name, detail } of failed) console.log(`\n  ${name}\n${indented(detail)}`);
  if (skipped.length > 0) console.log(`\nSkipped: ${skipped.join(', ')}`);
  if (elsewhere.length > 0) console.log(`\nNot for this system, ${elsewhere.length}: ${elsewhere.join(', ')}`);
  if (retried.length > 0) console.log(`\nPassed on the second run, ${retried.length}: ${retried.join(', ')}`);
  if (nothing) console.log('\nNothing ran.');
  console.log(`\n${passed} passed, ${failed.length} failed`);
  return nothing || failed.length > 0 ? 1 : 0;
}

/** @param {string} detail */
function indented(detail) {
  const lines = detail.trimEnd().split('\n');
  return lines.map(line => `    ${line}`).join('\n');
}
