// @ts-check
// `node scripts/set-up.mjs`: installs everything that packing needs, and does nothing else. Packages can run code while
// they are installed, so CI runs this before the step that has secrets in its environment.
import './setup/node-version.mjs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUp } from './setup/setup.mjs';
import { UserError } from './setup/user-error.mjs';

try {
  await setUp(resolve(fileURLToPath(import.meta.url), '../..'), { say: console.log });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
