// @ts-check

/**
 * The systems that a test can need: a tag of its own or of its file (`@module-tag linux`), with the reason beside it.
 * Elsewhere it is skipped, which is no failure there; whatever else is skipped is one in CI. `test/python/systems.py` says
 * the same to pytest.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const NEEDS = { linux: ['linux'], posix: ['linux', 'darwin'], windows: ['win32'] };

/** Begins pytest's reason for it. */
export const NOT_HERE = 'Not on this system: ';

/**
 * Whether a test with these tags can run there.
 * @param {readonly string[]} tags
 * @param {string} [platform]
 */
export function canRun(tags, platform = process.platform) {
  return tags.every(tag => NEEDS[tag]?.includes(platform) ?? true);
}
