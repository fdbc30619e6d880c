// @ts-check
// Imported first by every script a user starts, so that an old Node gives one line and not a stack of its own.
// (This file and all it is imported with must therefore *parse* on an old Node.)
import { readFileSync } from 'node:fs';

/**
 * Whether Node `has` satisfies `wants`, the `>=20.19` form of package.json's "engines".
 * @param {string} has
 * @param {string} wants
 */
export function isNewEnough(has, wants) {
  const [major = 0, minor = 0] = has.replace('v', '').split('.').map(Number);
  const [wantMajor = 0, wantMinor = 0] = wants.replace('>=', '').split('.').map(Number);
  return major > wantMajor || (major === wantMajor && minor >= wantMinor);
}

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
if (!isNewEnough(process.version, engines.node)) {
  console.error(`Node ${engines.node} is needed and this is ${process.version}. Get a newer one: https://nodejs.org`);
  process.exit(1);
}
