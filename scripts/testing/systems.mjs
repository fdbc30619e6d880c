// @ts-check

/**
 * Tags of tests that need certain systems. A test or its file (`@module-tag linux`) has the tag, with the reason beside
 * it. On other systems the test is skipped and does not count; in CI, any other skipped test counts as failed.
 * `test/python/systems.py` does the same for pytest.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const NEEDS = { linux: ['linux'], posix: ['linux', 'darwin'], windows: ['win32'] };

/** Tag of tests that `npm test` skips outside CI. pytest's mark `left_to_ci` does the same. */
export const LEFT_TO_CI = 'left-to-ci';

/** Prefix of the reason that pytest prints for such a test. */
export const NOT_HERE = 'Not on this system: ';

/**
 * Whether a test with these tags can run on a platform.
 * @param {readonly string[]} tags
 * @param {string} [platform]
 */
export function canRun(tags, platform = process.platform) {
  return tags.every(tag => NEEDS[tag]?.includes(platform) ?? true);
}
