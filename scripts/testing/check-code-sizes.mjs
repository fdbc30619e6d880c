// @ts-check
// `node check-code-sizes.mjs PYTHON`, part of `npm run check`: checks the lengths of functions and files.
import { readdirSync, readFileSync } from 'node:fs';
import { describeLongest, findSizeProblems, measurePython, measureScript } from './code-sizes.mjs';

const FOLDERS = ['desktop', 'scripts', 'test/drivers'];

/**
 * Functions (`file: name`) and files that may be longer, each with its reason, such as a table of data.
 * @type {Readonly<Record<string, string>>}
 */
const LONGER = {};

const [python = ''] = process.argv.slice(2);
const files = FOLDERS.flatMap(filesIn);
const scripts = files.filter(file => /\.([mc]?ts|[mc]?js)$/.test(file));
const sizes = await Promise.all([
  ...scripts.map(file => measureScript(file, readFileSync(file, 'utf8'))),
  measurePython(
    python,
    files.filter(file => file.endsWith('.py')),
  ),
]);
const problems = findSizeProblems(sizes.flat(), LONGER);
console.log(problems.length > 0 ? problems.join('\n') : describeLongest(sizes.flat(), LONGER));
process.exitCode = problems.length > 0 ? 1 : 0;

/** @param {string} folder */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort();
}
