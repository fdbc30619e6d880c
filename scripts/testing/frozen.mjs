// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM } from '../backend/freeze.mjs';
import { setUpFreezer } from '../setup/setup.mjs';
import { Trouble } from '../setup/trouble.mjs';
import { runPytest } from './suites.mjs';

/** Real processes of the entry; the other files test modules of its source, which are the same frozen or not. */
const OF_THE_ENTRY = ['backup', 'chat', 'children', 'door', 'faults', 'hang', 'restore', 'start', 'stop', 'update'];
const FILES = ['test/frozen', ...OF_THE_ENTRY.map(name => `test/python/test_${name}.py`)];

/**
 * Tests the frozen server: first what only a frozen one can get wrong, then the tests of the entry, which it must pass
 * like the plain one.
 * @param {import('./suites.mjs').Place} place
 * @param {string} pythonTools
 * @param {string[]} [filters]
 */
export async function testFrozen(place, pythonTools, filters = []) {
  const server = process.env['CACHIBOT_TEST_SERVER'] ?? join(place.root, 'resources', 'backend', PROGRAM);
  if (!existsSync(server)) throw new Trouble(`${server} is not there.`, 'Run: npm run backend');
  await setUpFreezer(place.root, { say: console.log });
  const frozen = { ...place, env: { ...place.env, CACHIBOT_TEST_SERVER: server } };
  return runPytest(frozen, pythonTools, filters.length > 0 ? filters : FILES, 'frozen');
}
