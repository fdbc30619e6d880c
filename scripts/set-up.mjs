// @ts-check
// `node scripts/set-up.mjs`: installs what packing needs, and does nothing else. Packages run code of their own while they
// are installed: on a hosted machine that is a step before the one that has secrets in its environment.
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
