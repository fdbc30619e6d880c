// @ts-check
// Imported first by every command, so that an old Node causes one line of explanation instead of a stack trace.
// All imported files must therefore *parse* on an old Node.
import { readFileSync } from 'node:fs';

/**
 * Whether a version of Node satisfies a range.
 * @param {string} version such as v20.19.0
 * @param {string} range such as >=20.19, as in the "engines" of package.json
 */
export function isNewEnough(version, range) {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  const [minMajor = 0, minMinor = 0] = range.replace('>=', '').split('.').map(Number);
  return major > minMajor || (major === minMajor && minor >= minMinor);
}

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
if (!isNewEnough(process.version, engines.node)) {
  console.error(
    `Node ${engines.node} is required; this is ${process.version}. Install a newer one: https://nodejs.org`,
  );
  process.exit(1);
}
