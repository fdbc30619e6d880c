/** Parses TypeScript files: their imports, and the names and members they use. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

export interface Import {
  /** The module specifier as written. */
  from: string;
  /** Whether it is removed at compile time. */
  typesOnly: boolean;
}

export interface SourceFile {
  /** Relative to the folder that was read, without `.ts`: `server/core/state`. */
  part: string;
  source: string;
  imports: Import[];
  /** Members that are read, such as `process.env`. */
  members: string[];
  /** Names that are read or called, such as `require`. */
  names: string[];
}

interface Node {
  type: string;
  [key: string]: unknown;
}

/** Every file below a folder, relative to it, with forward slashes. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** Every TypeScript file below a folder that is compiled. */
export function readSourceFiles(folder: string): SourceFile[] {
  return filesBelow(folder)
    .filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map(name => readSource(name.replace(/\.ts$/, ''), readFileSync(join(folder, name), 'utf8')));
}

export function readSource(part: string, source: string): SourceFile {
  const nodes = [...nodesIn(parseAst(source, { lang: 'ts' }))];
  return {
    part,
    source,
    imports: nodes.flatMap(importIn),
    members: nodes.flatMap(memberIn),
    names: nodes.flatMap(node => (node.type === 'Identifier' ? [String(node['name'])] : [])),
  };
}

/** The part that an import names, as `server/core/state`; undefined for a package. */
export function partOf(importer: string, from: string): string | undefined {
  return from.startsWith('.') ? posix.normalize(posix.join(dirname(importer), from)) : undefined;
}

function* nodesIn(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if (isNode(value)) yield value;
  for (const child of Object.values(value)) yield* nodesIn(child);
}

function isNode(value: object): value is Node {
  return 'type' in value && typeof value.type === 'string';
}

/** `import … from`, `export … from`, `import(…)`, `typeof import(…)`, `require(…)`. */
function importIn(node: Node): Import[] {
  switch (node.type) {
    case 'ImportDeclaration':
      return imported(node['source'], node['importKind'] === 'type');
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return imported(node['source'], node['exportKind'] === 'type');
    case 'ImportExpression':
      return imported(node['source'], false);
    case 'TSImportType':
      return imported(node['source'], true);
    case 'CallExpression':
      return nameOf(node['callee']) === 'require' ? imported((node['arguments'] as unknown[])[0], false) : [];
    default:
      return [];
  }
}

function imported(source: unknown, typesOnly: boolean): Import[] {
  const from = literalOf(source);
  return from === undefined ? [] : [{ from, typesOnly }];
}

function literalOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !isNode(value)) return undefined;
  return value.type === 'Literal' && typeof value['value'] === 'string' ? value['value'] : undefined;
}

function memberIn(node: Node): string[] {
  if (node.type !== 'MemberExpression') return [];
  const [object, property] = [nameOf(node['object']), nameOf(node['property'])];
  return object === undefined || property === undefined ? [] : [`${object}.${property}`];
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !isNode(value)) return undefined;
  return value.type === 'Identifier' ? String(value['name']) : undefined;
}
