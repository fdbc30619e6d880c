// @ts-check
// `npm run windows-test`: the server's tests with a real Python for Windows under wine, on Linux, and the Windows
// installer with the server that is frozen there.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openPythonWine, windowsPython, wineCommand } from '../offline/windows-python.mjs';
import { WINDOWS_PROGRAM, windowsServer } from '../offline/windows-server.mjs';
import { runTool } from '../setup/tool.mjs';
import { sum } from './results.mjs';
import { runSuites } from './run-suites.mjs';
import { runPytest, runVitest } from './runners.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/** @typedef {import('./results.mjs').Results} Results */
/** @typedef {import('./runners.mjs').TestRun} TestRun */

/** The parts of the suite. */
export const WINDOWS_PARTS = /** @type {const} */ (['plain', 'frozen', 'code-pages', 'installer']);
/** Code pages of Windows, with the locale for which wine has them. 1252 is the one of the other parts. */
const CODE_PAGES = [
  { page: '1250', locale: 'pl_PL' },
  { page: '932', locale: 'ja_JP' },
];
/** A run in which no test finishes for so long is ended: once, its workers waited for work for ever. */
const STALL_SECONDS = 900;
const CODE_PAGE_FILES = ['test/python/data/test_unusual_homes.py'];
/** Files that CI runs each time: the processes that only Windows has, and the frozen server's main job. */
const CI_FILES = {
  plain: ['test/python/process/test_windows_processes.py', 'test/python/process/test_windows_start_command.py'],
  frozen: ['test/frozen/test_program_info.py', 'test/python/server/test_chat.py', 'test/python/server/test_start.py'],
};

/**
 * Runs the tests of the server on Windows: of the plain server, and of the frozen server.
 * @param {TestRun} testRun
 * @param {Work} work
 * @param {object} options
 * @param {readonly string[]} options.frozenFiles test files of the frozen server
 * @param {readonly string[]} [options.words] names of parts, and paths of test files
 * @returns {Promise<Results>}
 */
export async function windowsSuite(testRun, work, { frozenFiles, words = [] }) {
  const files = words.filter(word => word.endsWith('.py') || word.startsWith('test/python'));
  const names = words.filter(word => !files.includes(word));
  const chosen = (/** @type {readonly string[]} */ all) => (files.length > 0 ? files : all);
  return runParts(testRun, work, names, { plain: chosen(['test/python']), frozen: chosen(frozenFiles) });
}

/**
 * Freezes the server for Windows, if the cache has no server of these sources, and runs some of its tests.
 * @param {TestRun} testRun
 * @param {Work} work
 */
export function windowsInCi(testRun, work) {
  return runParts(testRun, work, ['plain', 'frozen'], CI_FILES);
}

/**
 * @param {TestRun} testRun
 * @param {Work} work
 * @param {readonly string[]} names of parts; none means all
 * @param {{ plain: readonly string[], frozen: readonly string[] }} files
 */
async function runParts(testRun, work, names, files) {
  const frozen = async () => ({ CACHIBOT_TEST_SERVER: join(await windowsServer(work), WINDOWS_PROGRAM) });
  /** @type {Record<typeof WINDOWS_PARTS[number], () => Promise<Results>>} */
  const parts = {
    plain: () => pytestUnderWine(testRun, work, { label: 'windows', files: files.plain }),
    frozen: async () =>
      pytestUnderWine(testRun, work, { label: 'windows-frozen', files: files.frozen, env: await frozen() }),
    'code-pages': async () => {
      const all = [];
      for (const { page, locale } of CODE_PAGES) {
        const env = { ...(await frozen()), ...(await localeVariables(work, locale)), CACHIBOT_TEST_CODE_PAGE: page };
        all.push(await pytestUnderWine(testRun, work, { label: `windows-${page}`, files: CODE_PAGE_FILES, env }));
      }
      return sum(all, { skippedCountsAsFailed: false });
    },
    installer: async () => runVitest({ ...testRun, env: { ...testRun.env, ...(await frozen()) } }, 'windows'),
  };
  const selected = Object.entries(parts).filter(([name]) => names.length === 0 || names.includes(name));
  return sum(await runSuites(Object.fromEntries(selected), work.say), { skippedCountsAsFailed: false });
}

/**
 * Creates a locale of Linux, which this machine need not have, and returns the variables that select it.
 * @param {Work} work
 * @param {string} locale
 */
async function localeVariables(work, locale) {
  const folder = join(work.root, '.setup', 'locales');
  mkdirSync(folder, { recursive: true });
  const name = `${locale}.UTF-8`;
  await runTool(work, 'localedef', ['-i', locale, '-f', 'UTF-8', '--no-archive', join(folder, name)]);
  return { LOCPATH: folder, LC_ALL: name };
}

/**
 * Runs test files of the server in a drive of their own.
 * @param {TestRun} testRun
 * @param {Work} work
 * @param {{ label: string, files: readonly string[], env?: NodeJS.ProcessEnv }} options
 */
async function pytestUnderWine(testRun, work, { label, files, env = {} }) {
  const python = await windowsPython(work);
  const wine = await openPythonWine(work, python, { ...process.env, ...env });
  try {
    const tools = { CACHIBOT_TEST_PYTHON: python.python, CACHIBOT_TEST_FREEZER: python.freezer };
    const own = { ...testRun.env, ...tools, ...env };
    const run = { ...testRun, env: own, wrap: wineCommand(wine), stallSeconds: STALL_SECONDS };
    return await runPytest(run, python.tools, files, { label });
  } finally {
    await wine.close();
  }
}
