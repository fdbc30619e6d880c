// @ts-check
// `npm run backend`: turns the locked packages into resources/backend/, which the app runs.
import './setup/node-version.mjs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freeze } from './backend/freeze.mjs';
import { setUpFreezer } from './setup/setup.mjs';
import { Trouble } from './setup/trouble.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');

try {
  const environments = await setUpFreezer(root, { say: console.log });
  const folder = join(root, '.setup', 'freeze');
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, 'freeze.log');
  writeFileSync(logFile, `Freeze of ${new Date().toISOString()}, Node ${process.version}\n`);
  await freeze({ root, title: 'Backend', logFile, say: console.log }, { folder, ...environments });
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
