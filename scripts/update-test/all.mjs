// @ts-check
import { join } from 'node:path';
import { isFree, PORT } from '../chaos/leftovers.mjs';
import { hasServer } from '../dist/frozen-server.mjs';
import { havePackageTools } from '../dist/package-tools.mjs';
import { switchesForMachine } from '../run-electron.mjs';
import { setUpFreezer } from '../setup/setup.mjs';
import { Trouble } from '../setup/trouble.mjs';
import { buildArtifacts, builtArtifacts } from './artifacts.mjs';
import { CASES } from './cases.mjs';
import { openWindows, WINDOWS_CASES } from './windows.mjs';
import { openWorld } from './world.mjs';

/** @typedef {import('./cases.mjs').Case | import('./windows.mjs').WindowsCase} AnyCase */

/** @type {readonly AnyCase[]} */
export const ALL_CASES = [...CASES, ...WINDOWS_CASES];

/**
 * Builds what is needed, tries the cases on it, and tells each as soon as it is over.
 * @param {readonly AnyCase[]} cases
 * @param {import('../testing/runners.mjs').Place} place with a screen
 * @param {{ say: (line: string) => void, prepared?: boolean }} options `prepared`: tries what an earlier run has built
 * @returns {Promise<any[]>}
 */
export async function tryCases(cases, { root, output, env, retry }, { say, prepared = false }) {
  if (process.platform !== 'linux') throw new Trouble('AppImages are updated on Linux.', 'Run it there.');
  if (process.getuid?.() !== 0) throw new Trouble('Full disks need root.', 'Run it as root.');
  if (!(await isFree(PORT))) throw new Trouble(`Port ${PORT} is taken.`, 'End whoever holds it: the cases need it.');
  const work = { root, title: 'Packing', logFile: join(output, 'update-test.log'), say };
  await havePackageTools(work);
  const real = hasServer(root) && cases.some(one => 'real' in one && one.real);
  const wanted = {
    real,
    freezer: real && !prepared ? (await setUpFreezer(root, { say })).freezer : '',
    windows: cases.some(one => 'windows' in one),
  };
  const electron = env['CACHIBOT_TEST_ELECTRON'] ?? '';
  const artifacts = prepared ? builtArtifacts(root) : await buildArtifacts(work, electron, wanted);
  const switches = switchesForMachine({ args: [], env, say: () => {} });
  const setting = { work, env, switches, python: env['CACHIBOT_TEST_PYTHON'] ?? '', key: artifacts.key };
  const results = [];
  for (const one of cases) {
    let result = await tryCase(one, setting, artifacts);
    if (!result.ok && retry) {
      say(`       ${result.name}, tried once more: ${result.seen}`);
      result = await tryCase(one, setting, artifacts);
    }
    results.push(result);
    say(`${result.ok ? 'ok    ' : 'FAILED'} ${result.name}, ${(result.ms / 1000).toFixed(1)} s: ${result.seen}`);
  }
  return results;
}

/**
 * @param {AnyCase} one
 * @param {Parameters<typeof openWorld>[0] & import('./windows.mjs').Setting} setting
 * @param {import('./cases.mjs').Artifacts} artifacts
 * @returns {Promise<any>}
 */
async function tryCase(one, setting, artifacts) {
  const { name, expected } = one;
  const began = performance.now();
  let seen = 'nothing';
  let data = 'not reached';
  let bytes = 0;
  let ok = false;
  try {
    const { world, run } = await begin(one, setting, artifacts);
    try {
      seen = await run();
      data = await world.intact();
      await world.quit();
    } finally {
      bytes = world.feed.bytes();
      await world.close();
    }
    ok = true;
  } catch (error) {
    seen = /** @type {Error} */ (error).message;
  }
  return { name, expected, seen, bytes, ms: Math.round(performance.now() - began), data, ok };
}

/**
 * @param {AnyCase} one
 * @param {Parameters<typeof tryCase>[1]} setting
 * @param {import('./cases.mjs').Artifacts} artifacts
 */
async function begin(one, setting, artifacts) {
  if (!('windows' in one)) {
    const world = await openWorld(setting);
    return { world, run: () => one.run(world, artifacts) };
  }
  const { windows } = artifacts;
  if (windows === undefined) throw new Trouble('There is no Windows installer yet.', 'Leave --prepared out.');
  const world = await openWindows(setting);
  return { world, run: () => one.windows(world, windows) };
}
