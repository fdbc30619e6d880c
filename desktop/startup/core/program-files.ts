/** Decides whether another program, such as a package manager, has replaced the program that runs. */

/** Identity of each of the program's files: inode, size and time of its last change; undefined for a missing file. */
export type Identities = readonly (string | undefined)[];

/**
 * Compares the identities at the start, at the last check and now. `changing`: files are missing, or have changed since
 * the last check, so the replacement may not be complete.
 */
export function judgeProgram(first: Identities, last: Identities, now: Identities): 'same' | 'changing' | 'replaced' {
  if (isEqual(first, now)) return 'same';
  return isEqual(last, now) && !now.includes(undefined) ? 'replaced' : 'changing';
}

function isEqual(one: Identities, other: Identities): boolean {
  return one.every((identity, index) => identity === other[index]);
}
