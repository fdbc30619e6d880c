// @ts-check
// `node scripts/lock.mjs`: generates the lock files of the Python half. The same inputs give the same locks at any
// time: no package of the server is newer than the base date (build/requirements.md), except those in
// build/overrides.txt; no tool is newer than that file. `npm run pins` proposes newer versions for it and tests them.
import './setup/node-version.mjs';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeLocks } from './pins/locks.mjs';
import { findPython } from './setup/find-python.mjs';
import { findUv } from './setup/find-uv.mjs';
import { PYTHON_VERSION } from './setup/python.mjs';
import { UserError } from './setup/user-error.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');

mkdirSync(join(root, '.setup'), { recursive: true });
const work = { root, title: 'Locks', logFile: join(root, '.setup', 'lock.log'), say: console.log };

try {
  await makeLocks(work, await findUv(work, findPython(PYTHON_VERSION)));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
