// @ts-check
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { inCache, keepNewest, putIntoCache } from '../setup/cache.mjs';
import { setUpFreezer } from '../setup/setup.mjs';
import { hashOf } from '../setup/step.mjs';
import { UserError } from '../setup/user-error.mjs';
import { freeze, replace } from './freeze.mjs';
import { describe, differences, MANIFEST } from './manifest.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/** @typedef {import('./freeze.mjs').Place} Place */

/** All that decides what the frozen server is; and what decides whether it passes its proofs. */
const INPUTS = [
  'build/requirements.lock',
  'build/requirements-build.lock',
  'build/requirements-bill.lock',
  'build/cachibot-server.spec',
  'desktop/pyinstaller-server.py',
  'desktop/cachibot_desktop',
  'desktop/log/core/redaction-patterns.json',
  'scripts/backend',
  'scripts/setup/python.mjs',
];
/** A quarter of a gigabyte each. */
const KEPT = 3;

/**
 * Sets up what freezing needs, and puts the frozen server of these sources into resources/backend.
 * @param {Work} work
 */
export async function provideServer(work) {
  const environments = await setUpFreezer(work.root, work);
  const folder = join(work.root, '.setup', 'freeze');
  mkdirSync(folder, { recursive: true });
  await freezeOnce({ ...work, title: 'Backend' }, { folder, ...environments });
}

/**
 * The frozen server of these sources in resources/backend: the one in the cache, when that is whole, else a new one.
 * One freeze: `npm run backend -- --again` and the release workflow compare two, byte by byte. Its .tar.xz is not
 * weighed: the installers that carry it have budgets of their own.
 * @param {Work} work
 * @param {Place} place
 * @param {(work: Work, place: Place) => Promise<void>} [make]
 */
export async function freezeOnce(work, place, make = withoutArchive) {
  const name = `backend-${keyOf(work.root, whatPythonIs(place.python))}`;
  const target = join(work.root, 'resources', 'backend');
  if (isWhole(name, work.say)) {
    const copy = join(place.folder, 'from-cache');
    rmSync(copy, { recursive: true, force: true });
    cpSync(inCache(name), copy, { recursive: true, verbatimSymlinks: true });
    replace(copy, target);
    work.say(`resources/backend is ready, from the cache: ${describe(target)}`);
  } else {
    await make(work, place);
    await keep(name, target, work.say);
  }
}

/** @type {(work: Work, place: Place) => Promise<void>} */
const withoutArchive = (work, place) => freeze(work, place, { archive: false });

/**
 * @param {string} root
 * @param {string} python what is frozen along and is not in the clone
 */
export function keyOf(root, python) {
  return hashOf(root, { files: INPUTS, words: [process.platform, process.arch, python] }).slice(0, 16);
}

/**
 * Whether it is there, every file with the hash of its manifest.
 * @param {string} name
 * @param {(line: string) => void} say
 */
function isWhole(name, say) {
  const folder = inCache(name);
  if (!existsSync(folder)) return false;
  const wrong = whatIsWrong(folder);
  if (wrong.length === 0) return true;
  say(`The frozen server in the cache is damaged (${wrong[0]}): it is made anew.`);
  rmSync(folder, { recursive: true, force: true });
  return false;
}

/** @param {string} folder */
function whatIsWrong(folder) {
  try {
    return differences(folder);
  } catch (error) {
    return [`${MANIFEST}: ${error instanceof Error ? error.message : error}`];
  }
}

/**
 * @param {string} name
 * @param {string} bundle
 * @param {(line: string) => void} say
 */
async function keep(name, bundle, say) {
  try {
    await putIntoCache(name, async temporary => {
      const copy = join(temporary, 'backend');
      cpSync(bundle, copy, { recursive: true, verbatimSymlinks: true });
      return copy;
    });
    utimesSync(inCache(name), new Date(), new Date());
    keepNewest('backend-', KEPT);
  } catch (error) {
    // It is there all the same; only the next run will take as long as this one.
    say(`It could not be kept in the cache: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * The interpreter and the libraries that come from the machine.
 * @param {string} python
 */
function whatPythonIs(python) {
  const ask =
    'import platform, sqlite3, ssl, sys;' +
    'print(sys.version, sys.base_prefix, ssl.OPENSSL_VERSION, sqlite3.sqlite_version, platform.libc_ver())';
  const { status, stdout } = spawnSync(python, ['-c', ask], { encoding: 'utf8', windowsHide: true });
  if (status !== 0) throw new UserError(`${python} does not run.`, 'Remove .setup and run the same command again.');
  return stdout;
}
