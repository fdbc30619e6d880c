// @ts-check
import { relative } from 'node:path';
import { canRun } from './systems.mjs';

/** @typedef {import('./counted.mjs').Counted} Counted */

/**
 * @typedef {object} VitestReport what vitest's JSON reporter writes, as far as it is read here
 * @property {boolean} success
 * @property {{ name: string, status: string, message: string, assertionResults:
 *   { status: string, fullName: string, tags?: string[], failureMessages: string[] | null }[] }[]} testResults
 */

/**
 * Counts tests, and what is not a test but must not pass unseen: a file that cannot be loaded, a run that failed
 * outside every test.
 * @param {VitestReport} report
 * @param {string} root
 * @param {string} [platform]
 * @returns {Counted}
 */
export function countVitest(report, root, platform) {
  /** @type {Counted} */
  const counted = { passed: 0, failed: [], skipped: [], elsewhere: [] };
  for (const { name: path, status, message, assertionResults } of report.testResults) {
    const file = relative(root, path).replaceAll('\\', '/');
    for (const test of assertionResults) {
      const name = `${file}: ${test.fullName}`;
      if (test.status === 'passed') counted.passed++;
      else if (test.status === 'failed') counted.failed.push({ name, detail: (test.failureMessages ?? []).join('\n') });
      else if (canRun(test.tags ?? [], platform)) counted.skipped.push(name);
      else counted.elsewhere?.push(name);
    }
    const noTestFailed = assertionResults.every(test => test.status !== 'failed');
    if (status === 'failed' && noTestFailed) counted.failed.push({ name: file, detail: message || 'did not load' });
  }
  if (!report.success && counted.failed.length === 0)
    counted.failed.push({ name: 'vitest', detail: 'failed outside of the tests: see its output above' });
  return counted;
}
