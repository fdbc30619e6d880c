// @ts-check
// DLLs that the Windows Python of the tests needs, and that neither its package nor wine has.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

export const COMPILER = 'x86_64-w64-mingw32-gcc';
const DUMP = 'x86_64-w64-mingw32-objdump';
const WINE_LIBRARIES = ['/usr/lib/x86_64-linux-gnu/wine', '/usr/lib64/wine', '/usr/lib/wine'].map(folder =>
  join(folder, 'x86_64-windows'),
);
/** wine's own library, which is copied and whose exports are forwarded to the copy. */
const COPIED = 'ucrtbase.dll';
const sources = fileURLToPath(new URL('windows-python/', import.meta.url));

/**
 * Returns the path of a source file.
 * @param {string} name
 */
export function source(name) {
  return join(sources, name);
}

/**
 * Creates python3.dll, which exports the stable interface of python312.dll. The package has none.
 * @param {Work} work
 * @param {string} base
 */
export async function linkPython3(work, base) {
  const names = (await exportsOf(work, join(base, 'python312.dll'))).filter(name => /^_?Py/.test(name));
  await link(work, join(base, 'python3.dll'), { name: 'python3.dll', lines: names.map(to => `${to}=python312.${to}`) });
}

/**
 * Creates the DLLs that wine lacks, or whose functions end the process.
 * @param {Work} work
 * @param {string} folder
 */
export async function makeLibraries(work, folder) {
  mkdirSync(folder);
  const randomNumbers = join(folder, 'bcryptprimitives.dll');
  await runTool(work, COMPILER, [
    '-O1',
    '-s',
    '-shared',
    '-o',
    randomNumbers,
    source('bcryptprimitives.c'),
    '-ladvapi32',
  ]);

  // wine's own under another name, and without the mark by which wine would load its own in any case.
  const original = findCopied(WINE_LIBRARIES);
  if (original === undefined) throw new UserError(`wine's ${COPIED} was not found.`, 'This is a bug.');
  const bytes = readFileSync(original);
  bytes.fill(0, 0x40, 0x40 + 'Wine builtin DLL'.length);
  writeFileSync(join(folder, 'ucrtwine.dll'), bytes);
  const text = readFileSync(source('complex.c'), 'utf8');
  const own = new Set(
    [...text.matchAll(/^(?:FUNCTION|MEASURE|OPERATION)\((\w+)\)/gm)].flatMap(([, name]) => [
      name,
      `${name}l`,
      `${name}f`,
    ]),
  );
  const names = (await exportsOf(work, original)).filter(name => /^\w+$/.test(name));
  const lines = names.map(name => `${name}=${own.has(name) ? `own_${name}` : `ucrtwine.${name}`}`);
  await link(work, join(folder, COPIED), { name: COPIED, lines, code: source('complex.c') });
  return folder;
}

/**
 * Links a DLL whose exports are the lines of a module definition, such as `name=other.name`.
 * @param {Work} work
 * @param {string} target
 * @param {{ name: string, lines: string[], code?: string }} definition
 */
async function link(work, target, { name, lines, code }) {
  const file = `${target}.def`;
  writeFileSync(file, [`LIBRARY ${name}`, 'EXPORTS', ...lines, ''].join('\n'));
  const input = code === undefined ? ['-x', 'c', '/dev/null', '-x', 'none'] : ['-O1', code];
  await runTool(work, COMPILER, ['-s', '-shared', '-static-libgcc', '-o', target, ...input, file]);
  rmSync(file);
}

/**
 * Returns the names that a DLL exports.
 * @param {Work} work
 * @param {string} file
 */
async function exportsOf(work, file) {
  const shown = await runTool({ ...work, logFile: '/dev/null' }, DUMP, ['-p', file]);
  const table = /\[Ordinal\/Name Pointer\] Table[^\n]*\n([\s\S]*?)\n\n/.exec(shown)?.[1] ?? '';
  const names = table.split('\n').map(line => /(\S+)$/.exec(line)?.[1] ?? '');
  if (names.length < 100) throw new UserError(`${file}: its exports could not be read.`, 'This is a bug.');
  return names;
}

/**
 * Returns a hash of wine's library that is copied, which changes with wine's version; '' if wine is not installed.
 * @param {string[]} [folders] in which wine's libraries may be
 */
export function wineHash(folders = WINE_LIBRARIES) {
  const library = findCopied(folders);
  return library === undefined ? '' : createHash('sha256').update(readFileSync(library)).digest('hex');
}

/** @param {string[]} folders */
function findCopied(folders) {
  return folders.map(folder => join(folder, COPIED)).find(existsSync);
}
