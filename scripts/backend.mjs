// @ts-check
// `npm run backend`: freezes the server with its locked packages into resources/backend/, which the app runs.
//   --again    freezes again and compares the result with resources/backend; replaces nothing
import './setup/node-version.mjs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freezeAgain } from './backend/compare.mjs';
import { freeze } from './backend/freeze.mjs';
import { frozenServer } from './dist/frozen-server.mjs';
import { setUpFreezer } from './setup/setup.mjs';
import { UserError } from './setup/user-error.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');

try {
  const { again } = parseArgs({ options: { again: { type: 'boolean' } } }).values;
  if (again) frozenServer(root);
  const environments = await setUpFreezer(root, { say: console.log });
  const folder = join(root, '.setup', 'freeze');
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, 'freeze.log');
  writeFileSync(logFile, `Freeze of ${new Date().toISOString()}, Node ${process.version}\n`);
  const work = { root, title: 'Backend', logFile, say: console.log };
  const folders = { folder, ...environments };
  if (!again) await freeze(work, folders);
  else if ((await freezeAgain(work, folders)) > 0) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
