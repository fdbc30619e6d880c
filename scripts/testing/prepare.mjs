// @ts-check
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IN_CI } from '../setup/ci.mjs';
import { setUp } from '../setup/setup.mjs';
import { UserError } from '../setup/user-error.mjs';

/**
 * Sets up the clone for tests and empties their output folder. Prints a line and exits if that fails.
 */
export async function prepare({
  tests = true,
  show = /** @type {import('./runners.mjs').TestRun['show']} */ ('stdout'),
} = {}) {
  const root = resolve(fileURLToPath(import.meta.url), '../../..');
  try {
    const { electron, python, pythonTools } = await setUp(root, { tests, say: console.log });
    const output = join(root, 'test-output');
    rmSync(output, { recursive: true, force: true });
    mkdirSync(output);
    const env = {
      ...process.env,
      CACHIBOT_TEST_ELECTRON: electron,
      CACHIBOT_TEST_PYTHON: python,
      CACHIBOT_TEST_OUTPUT: output, // screenshots
    };
    return { testRun: { root, output, env, retry: IN_CI, show }, pythonTools };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
}
