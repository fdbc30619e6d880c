// @ts-check
// `node scripts/lock.mjs` makes the lock files of the Python half anew. The same inputs give the same locks, whenever
// it is run: nothing newer than cachibot's release is taken, save what build/lifted.txt names. To lift a package,
// change its line there and the date, run this, and run `npm test`.
import './setup/node-version.mjs';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPython } from './setup/find-python.mjs';
import { findUv } from './setup/find-uv.mjs';
import { PYTHON_VERSION } from './setup/python.mjs';
import { runTool } from './setup/tool.mjs';
import { Trouble } from './setup/trouble.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
/** cachibot 0.3.0 was released the day before. */
const RELEASED = '2026-03-20';

mkdirSync(join(root, '.setup'), { recursive: true });
const work = { root, title: 'Locks', logFile: join(root, '.setup', 'lock.log'), say: console.log };

try {
  const uv = await findUv(work, findPython(PYTHON_VERSION));
  await lock(uv, 'build/requirements.in', 'build/requirements.lock', [
    ...['--exclude-newer', RELEASED, '--constraint', 'build/lifted.txt'],
    ...lifted().flatMap(({ name, date }) => ['--exclude-newer-package', `${name}=${date}`]),
  ]);
  for (const name of ['dev', 'build', 'bill'])
    await lock(uv, `build/requirements-${name}.in`, `build/requirements-${name}.lock`, [
      ...['--exclude-newer', dateOfLifting()],
    ]);
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/**
 * @param {string} uv
 * @param {string} from
 * @param {string} to
 * @param {string[]} limits
 */
async function lock(uv, from, to, limits) {
  // For every system at once, and without a word about where the packages came from.
  const form = ['--universal', '--python-version', PYTHON_VERSION, '--generate-hashes', '--no-header', '--no-annotate'];
  const text = await runTool(work, uv, ['pip', 'compile', '--quiet', ...form, ...limits, from]);
  writeFileSync(join(root, `${to}.new`), `# Made by: node scripts/lock.mjs\n${text}`);
  renameSync(join(root, `${to}.new`), join(root, to));
  console.log(`${to}: ${text.match(/^[a-z0-9]/gm)?.length} pins`);
}

function lifted() {
  const date = dateOfLifting();
  return [...liftedText().matchAll(/^([a-z0-9-]+)==/gm)].map(([, name = '']) => ({ name, date }));
}

/** The day of the newest releases that may be taken, written in the file's first lines. */
function dateOfLifting() {
  const date = /as of (\d{4}-\d\d-\d\d)/.exec(liftedText())?.[1];
  if (date === undefined) throw new Trouble('build/lifted.txt names no date.', 'It needs "as of YYYY-MM-DD".');
  return date;
}

function liftedText() {
  return readFileSync(join(root, 'build', 'lifted.txt'), 'utf8');
}
