// @ts-check
// Measures functions and files with a parser of their language.
import { fileURLToPath } from 'node:url';
import { runChild } from './child.mjs';

/** @typedef {{ file: string, name?: string, lines: number }} Size of a function, or of a file if `name` is missing */

export const FUNCTION_LINES = 60;
export const FILE_LINES = 300;

/**
 * Measures a TypeScript or JavaScript file and each function in it, including nested functions.
 * @param {string} file its extension selects the language
 * @param {string} source
 * @returns {Promise<Size[]>}
 */
export async function measureScript(file, source) {
  const { parseAst } = await import('rolldown/parseAst');
  /** @param {number} offset */
  const lineAt = offset => source.slice(0, offset).split('\n').length;
  /** @type {Size[]} */
  const sizes = [{ file, lines: source.split('\n').length - 1 }];
  visit(parseAst(source, { lang: /\.[mc]?ts$/.test(file) ? 'ts' : 'js' }, file), undefined);
  return sizes;

  /**
   * @param {unknown} node
   * @param {string | undefined} name of the variable or property that the node is the value of
   */
  function visit(node, name) {
    if (Array.isArray(node)) for (const one of node) visit(one, undefined);
    if (!isNode(node)) return;
    if (isFunction(node)) {
      const line = lineAt(node.start);
      sizes.push({ file, name: nameOf(node) ?? name ?? `line ${line}`, lines: lineAt(node.end) - line + 1 });
    }
    for (const [key, child] of Object.entries(node))
      visit(child, ['init', 'value'].includes(key) ? nameOf(node) : undefined);
  }
}

/**
 * Returns problems: functions and files that are too long and not listed, and exceptions that are not needed.
 * @param {readonly Size[]} sizes
 * @param {Readonly<Record<string, string>>} longer
 * @returns {string[]}
 */
export function findSizeProblems(sizes, longer) {
  const tooLong = sizes.filter(size => size.lines > limitOf(size));
  const known = new Set(tooLong.map(keyOf));
  return [
    ...tooLong
      .filter(size => longer[keyOf(size)] === undefined)
      .map(size => `${keyOf(size)} has ${size.lines} lines; at most ${limitOf(size)} are allowed.`),
    ...Object.keys(longer)
      .filter(key => !known.has(key))
      .map(key => `${key} is not too long: no exception is needed.`),
  ];
}

/**
 * Returns two lines with the longest function and the longest file that are not listed as exceptions.
 * @param {readonly Size[]} sizes
 * @param {Readonly<Record<string, string>>} longer
 */
export function describeLongest(sizes, longer) {
  const inOrder = sizes.filter(size => longer[keyOf(size)] === undefined).sort((one, other) => other.lines - one.lines);
  /** @param {Size | undefined} size */
  const describe = size => (size ? `${keyOf(size)}, ${size.lines} lines` : 'none');
  const longestFunction = describe(inOrder.find(({ name }) => name !== undefined));
  const longestFile = describe(inOrder.find(({ name }) => name === undefined));
  return `longest function: ${longestFunction}\nlongest file: ${longestFile}`;
}

/**
 * Measures Python files and the functions in them.
 * @param {string} python interpreter
 * @param {readonly string[]} files
 * @returns {Promise<Size[]>}
 */
export async function measurePython(python, files) {
  const script = fileURLToPath(new URL('code_sizes.py', import.meta.url));
  const { code, output } = await runChild(python, [script, ...files], { cwd: process.cwd(), quiet: true });
  if (code !== 0) throw new Error(output);
  return JSON.parse(output);
}

/** @param {Size} size */
function keyOf({ file, name }) {
  return name === undefined ? file : `${file}: ${name}`;
}

/** @param {Size} size */
function limitOf({ name }) {
  return name === undefined ? FILE_LINES : FUNCTION_LINES;
}

/**
 * A node of the syntax tree.
 * @typedef {{ type: string, start: number, end: number } & Record<string, unknown>} Node
 */

/** @param {unknown} value @returns {value is Node} */
function isNode(value) {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** @param {Node} node */
function isFunction({ type, body }) {
  return ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(type) && isNode(body);
}

/**
 * Returns the name of a function, variable, property or method.
 * @param {Node} node
 * @returns {string | undefined}
 */
function nameOf({ id, key }) {
  const named = [id, key].find(isNode);
  return [named?.['name'], named?.['value']].find(name => typeof name === 'string');
}
