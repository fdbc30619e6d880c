// @ts-check
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join, relative } from 'node:path';
import { addToCache, cachePath, removeOldest } from '../setup/cache.mjs';
import { setUpFreezer } from '../setup/setup.mjs';
import { hashOf } from '../setup/step.mjs';
import { UserError } from '../setup/user-error.mjs';
import { freeze, replace, thisSystem } from './freeze.mjs';
import { bundleDifferences, describe, MANIFEST } from './manifest.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/** @typedef {import('./freeze.mjs').FreezeFolders} FreezeFolders */

/** Everything that affects the frozen server, or whether it passes its tests. */
const INPUTS = [
  'build/requirements.lock',
  'build/requirements-build.lock',
  'build/requirements-bill.lock',
  'build/cachibot-server.spec',
  'build/icon.ico', // of the program for Windows
  'desktop/pyinstaller-modules.py',
  'desktop/pyinstaller-server.py',
  'desktop/cachibot_desktop',
  'desktop/log/core/redaction-patterns.json',
  'package-lock.json', // the library that draws diagrams
  'scripts/backend',
  'scripts/setup/python.mjs',
];
/** Number of frozen servers in the cache; each has a quarter of a gigabyte. */
const MAX_CACHED = 3;

/**
 * Sets up the freezing tools and provides the frozen server of these sources in resources/backend.
 * @param {Work} work
 */
export async function provideServer(work) {
  const environments = await setUpFreezer(work.root, work);
  const folder = join(work.root, '.setup', 'freeze');
  mkdirSync(folder, { recursive: true });
  await freezeOrReuse({ ...work, title: 'Backend' }, { folder, ...environments });
}

/**
 * Copies the frozen server of these sources from the cache to the system's folder, or freezes it if the cache has none
 * that is intact. Freezes once only: `npm run backend -- --again` and the release workflow compare two freezes, byte by
 * byte. Does not measure its .tar.xz, because the installers have budgets of their own.
 * @param {Work} work
 * @param {FreezeFolders} folders
 * @param {(work: Work, folders: FreezeFolders) => Promise<void>} [make] freezes the server
 */
export async function freezeOrReuse(work, folders, make = withoutArchive) {
  const { name: prefix, target } = folders.system ?? thisSystem(work.root);
  const key = keyOf(work.root, folders.system?.description ?? describePython(folders.python));
  const name = `${prefix}-${key}`;
  if (isIntact(name, work.say)) {
    const copy = join(folders.folder, 'from-cache');
    rmSync(copy, { recursive: true, force: true });
    cpSync(cachePath(name), copy, { recursive: true, verbatimSymlinks: true });
    replace(copy, target);
    work.say(`${relative(work.root, target)} is ready, from the cache: ${describe(target)}`);
  } else {
    await make(work, folders);
    await store(name, target, { prefix, say: work.say });
  }
}

/** @type {(work: Work, folders: FreezeFolders) => Promise<void>} */
const withoutArchive = (work, folders) => freeze(work, folders, { archive: false });

/**
 * Returns the key of a frozen server in the cache.
 * @param {string} root
 * @param {string} python describes the interpreter and libraries that are frozen and are not in the clone
 */
export function keyOf(root, python) {
  return hashOf(root, { files: INPUTS, words: [process.platform, process.arch, python] }).slice(0, 16);
}

/**
 * Whether the cache has this server, and every file has the hash in the manifest. Removes a damaged server.
 * @param {string} name
 * @param {(line: string) => void} say
 */
function isIntact(name, say) {
  const folder = cachePath(name);
  if (!existsSync(folder)) return false;
  const problems = findProblems(folder);
  if (problems.length === 0) return true;
  say(`The frozen server in the cache is damaged (${problems[0]}): freezing it again.`);
  rmSync(folder, { recursive: true, force: true });
  return false;
}

/** @param {string} folder */
function findProblems(folder) {
  try {
    return bundleDifferences(folder);
  } catch (error) {
    return [`${MANIFEST}: ${error instanceof Error ? error.message : error}`];
  }
}

/**
 * Adds a frozen server to the cache, and removes the oldest.
 * @param {string} name
 * @param {string} bundle
 * @param {{ prefix: string, say: (line: string) => void }} options
 */
async function store(name, bundle, { prefix, say }) {
  try {
    await addToCache(name, async temporary => {
      const copy = join(temporary, 'backend');
      cpSync(bundle, copy, { recursive: true, verbatimSymlinks: true });
      return copy;
    });
    utimesSync(cachePath(name), new Date(), new Date());
    removeOldest(`${prefix}-`, MAX_CACHED);
  } catch (error) {
    // The server is in its folder; only the next run has to freeze it again.
    say(`The frozen server could not be cached: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * Returns the versions of the interpreter and of the libraries that come from the machine.
 * @param {string} python
 */
export function describePython(python) {
  const script =
    'import platform, sqlite3, ssl, sys;' +
    'print(sys.version, sys.base_prefix, ssl.OPENSSL_VERSION, sqlite3.sqlite_version, platform.libc_ver())';
  const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8', windowsHide: true });
  if (status !== 0) throw new UserError(`${python} does not run.`, 'Remove .setup and run the same command again.');
  return stdout;
}
