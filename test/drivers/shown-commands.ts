/** Finds the commands in documents and workflows, and checks that their programs, scripts and options exist. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { parseAst } from 'rolldown/parseAst';
import { type Facts, readConfig } from '../../desktop/startup/core/config';
import { startup } from '../../desktop/words/startup';
import { suites } from '../../scripts/testing/suites.mjs';
import { WINDOWS_PARTS } from '../../scripts/testing/windows-suite.mjs';
import { filesBelow } from './source-files';

const ROOT = join(__dirname, '..', '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const npmScripts: Record<string, string> = JSON.parse(read('package.json')).scripts;
const suiteNames = Object.keys(suites({ root: ROOT, output: '', env: {}, retry: false, show: 'stdout' }, '', () => {}));
const tests = filesBelow(join(ROOT, 'test')).map(name => `test/${name}`);

/** Programs whose commands documents show. */
const PROGRAM = /^(npm|node|sudo|gh|git|chmod|codesign|spctl|xcrun|cachibot-server)$/;
/** A placeholder, such as `FOLDER`, `WORD...` or `FILE`. */
const PLACEHOLDER = /^"?[$A-Z][A-Z_]*"?(\.\.\.)?$|(^|[/_.])[A-Z]{4,}([/_.]|$)/;

/** Every document of the project, relative to root, without those in a frozen server. */
export const documents: readonly string[] = readdirSync(ROOT)
  .concat(
    ['docs', 'build', 'resources', 'scripts'].flatMap(folder =>
      filesBelow(join(ROOT, folder)).map(name => `${folder}/${name}`),
    ),
  )
  .filter(name => name.endsWith('.md') && !name.startsWith('resources/backend/'));

/** Returns the code spans of a document, each on one line; without fenced code. */
export function codeSpans(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span.replace(/\s+/g, ' ').trim());
}

/**
 * Returns the commands of a document: lines of `sh` blocks, and code spans of at least two words. A span that starts
 * with `-- ` continues the npm command before it.
 */
export function commandsInDocument(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, lines = '']) => lines.split('\n'));
  let npm = '';
  const spans = codeSpans(text).map(span => {
    const command = span.startsWith('-- ') ? `${npm} ${span}` : span;
    if (/^npm (run|test|start)\b/.test(span)) npm = span.replace(/ -- .*/, '');
    return command;
  });
  return [...blocks, ...spans].filter(command => {
    const [program = '', ...rest] = withoutVariables(command);
    return PROGRAM.test(program) && rest.length > 0;
  });
}

/** Returns the npm and node commands of a workflow. */
export function commandsInWorkflow(text: string): string[] {
  return [...text.matchAll(/\b(?:npm (?:run|test|start)|node scripts\/)[^\n|&;`]*/g)].map(([command]) =>
    command.trim(),
  );
}

/** Names of environment variables that a command sets. */
export function variablesOf(command: string): string[] {
  return command.split(' ').flatMap(word => /^(\w+)=/.exec(word)?.[1] ?? []);
}

/**
 * Returns what is wrong with a command of this project, or undefined. The script's or the app's own parser checks the
 * options.
 */
export function problemOf(command: string): string | undefined {
  const [program = '', ...rest] = withoutVariables(command);
  if (program === 'cachibot-server') return rest.find(word => word.startsWith('--') && !entryFlags().includes(word));
  const [file = '', ...args] = program === 'npm' ? expandNpm(rest) : rest;
  if (file === '') return 'package.json has no such script';
  if (!existsSync(join(ROOT, file))) return `${file} is missing`;
  try {
    checkArguments(file, args);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Returns every option that a script, the app or the server accepts. */
export function knownFlags(): string[] {
  const scripts = filesBelow(join(ROOT, 'scripts'))
    .filter(name => name.endsWith('.mjs'))
    .map(name => readScript(`scripts/${name}`));
  const flags = scripts.flatMap(({ config, own }) => [
    ...Object.keys(config?.options ?? {}).map(name => `--${name}`),
    ...own,
  ]);
  return [
    ...flags,
    ...entryFlags(),
    ...['--smoke', '--doctor', '--data', '--hidden', '--quit'].filter(flag => appAccepts([flag])),
  ];
}

function withoutVariables(command: string): string[] {
  const words = command.split(' ').filter(Boolean);
  return words.slice(words.findIndex(word => !/^\w+=/.test(word)));
}

/** The script that an npm command runs, and its arguments; empty for a script that package.json lacks. */
function expandNpm(words: readonly string[]): string[] {
  const at = words.indexOf('--');
  const [own, given] = at === -1 ? [words, []] : [words.slice(0, at), words.slice(at + 1)];
  const name = own[0] === 'run' ? own[1] : own[0];
  const script = own.length === (own[0] === 'run' ? 2 : 1) ? npmScripts[name ?? ''] : undefined;
  return script === undefined ? [] : [...script.split(' ').slice(1), ...given];
}

/** @throws Error that names arguments which the script does not accept */
function checkArguments(file: string, args: string[]): void {
  const { config, own, steps, readsWords } = readScript(file);
  if (config !== undefined) {
    const given: ParseArgsConfig = { ...config, args };
    const { values, positionals } = parseArgs(given);
    const suite = values['suite'];
    if (suite !== undefined && !PLACEHOLDER.test(String(suite)) && !suiteNames.includes(String(suite)))
      throw new Error(`there is no suite ${suite}`);
    if (steps !== undefined && !steps.includes(positionals[0] ?? '')) throw new Error(`no step ${positionals[0]}`);
    if (file === 'scripts/test.mjs') expectTests(positionals, suite === undefined ? '' : String(suite));
  } else if (own.length > 0) {
    const rest = args.filter(word => !own.includes(word));
    if (rest.length > 0 && !appAccepts(rest)) throw new Error(`the app ignores ${rest.join(' ')}`);
  } else if (args.some(word => word.startsWith('-')) || (args.length > 0 && !readsWords)) {
    throw new Error(`${file} takes no ${args.join(' ')}`);
  }
}

function expectTests(words: readonly string[], suite: string): void {
  const rows = ['chaos', 'updates'].includes(suite)
    ? tests.filter(name => name.startsWith(`test/${suite}/`)).map(read)
    : [...tests, ...(suite === 'windows' ? WINDOWS_PARTS : [])];
  const missing = words.filter(word => !PLACEHOLDER.test(word) && !rows.some(row => row.includes(word)));
  if (missing.length > 0) throw new Error(`no test has ${missing.join(' ')}`);
}

/** Whether these arguments change the app's configuration. */
function appAccepts(args: readonly string[]): boolean {
  const facts: Omit<Facts, 'args'> = {
    env: {},
    platform: 'linux',
    packaged: true,
    resources: '/',
    cwd: '/',
    isRoot: false,
  };
  const config = (given: readonly string[]) => {
    try {
      return JSON.stringify(readConfig({ ...facts, args: given }));
    } catch (error) {
      return String(error);
    }
  };
  const read = config(args);
  return read !== config([]) && !args.some(argument => read.includes(startup.unknownOption(argument)));
}

/** Options of the server: rows of docs/contract.md, which a test compares with the server's own parser. */
function entryFlags(): string[] {
  return [...read('docs/contract.md').matchAll(/^\| argument \| `(--[\w-]+)`/gm)]
    .map(([, flag = '']) => flag)
    .concat('--help');
}

interface Script {
  /** Argument of its call of `parseArgs`. */
  config: ParseArgsConfig | undefined;
  /** Options that it reads from `process.argv` without `parseArgs`. */
  own: string[];
  /** Keys of its table `steps`: valid values of its first argument. */
  steps: string[] | undefined;
  readsWords: boolean;
}

function readScript(file: string): Script {
  const source = read(file);
  const calls = nodesOf(parseAst(source, { lang: 'js' }));
  const call = calls.find(node => node['type'] === 'CallExpression' && nameOf(node['callee']) === 'parseArgs');
  const table = calls.find(node => node['type'] === 'VariableDeclarator' && nameOf(node['id']) === 'steps');
  const config = call === undefined ? undefined : (constantOf((call['arguments'] as unknown[])[0]) as ParseArgsConfig);
  return {
    config,
    own: [...source.matchAll(/process\.argv\.includes\('(--[\w-]+)'\)/g)].map(([, flag = '']) => flag),
    steps: table !== undefined && source.includes('steps[') ? keysOf(table['init']) : undefined,
    readsWords: source.includes('process.argv'),
  };
}

type Node = Record<string, unknown>;

function nodesOf(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return [];
  const children = Object.values(value).flatMap(nodesOf);
  return 'type' in value ? [value as Node, ...children] : children;
}

function nameOf(value: unknown): unknown {
  return (value as Node | undefined)?.['name'];
}

function propertiesOf(value: unknown): [string, unknown][] {
  const properties = ((value as Node)['properties'] ?? []) as { key: Node; value: unknown }[];
  return properties
    .filter(({ key }) => key !== undefined)
    .map(({ key, value }) => [String(key['name'] ?? key['value']), value]);
}

function keysOf(value: unknown): string[] {
  return propertiesOf(value).map(([key]) => key);
}

/** The value of an object or literal in source text. */
function constantOf(value: unknown): unknown {
  const node = value as Node;
  if (node['type'] === 'ObjectExpression')
    return Object.fromEntries(propertiesOf(node).map(([key, member]) => [key, constantOf(member)]));
  return node['value'];
}
