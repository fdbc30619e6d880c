/** The files, tests and links in the documents exist, and the packaging review has an answer to each finding. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeSpans, documents } from '../drivers/shown-commands';
import { filesBelow } from '../drivers/source-files';

const root = join(__dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const filesIn = (folder: string, end: RegExp) =>
  (readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }) as string[])
    .filter(name => end.test(name) && !/__pycache__|node_modules/.test(name))
    .map(name => join(folder, name));
const tests = filesIn('test', /\.py$/).map(read).join('\n');

const sourceText = ['desktop', 'scripts', 'test', 'build', '.github']
  .flatMap(folder => filesIn(folder, /\.([mc]?[jt]s|py|spec|ya?ml|nsh|in|txt)$/))
  .concat('package.json', 'electron-builder.yml')
  .filter(file => !/(docs|language)(-commands)?\.test\.ts$/.test(file))
  .map(read)
  .join('\n');

/** Files that exist only on a machine where the app, a build or a release has run. */
const MADE_ELSEWHERE: Record<string, string> = {
  'settings.json': 'in the profile',
  'update.json': 'in the profile',
  'run.json': 'in the profile',
  'graphics.json': 'in the profile',
  'desktop.json': 'in the data folder',
  'desktop.lock': 'in the data folder',
  'restore.json': 'in the data folder',
  'header.json': 'in a backup',
  'manifest.json': 'in a backup',
  'home/.cachibot.toml': 'in a backup',
  'failed-documents.json': 'in the data folder',
  'reminders.json': 'in the data folder',
  'unfinished-answers.json': 'in the data folder',
  'work-folder.json': 'in the data folder',
  'cachibot.toml': 'in a work folder',
  'main.log': 'in the folder of logs',
  'server.log': 'in the folder of logs',
  'hang.txt': 'in the folder of logs',
  'latest-linux.yml': 'in the feed of updates',
  'beta-linux.yml': 'in the feed of updates',
  'key.pem': 'on the machine that signs releases',
};
const FILE = /^[\w.@-]+(\/[\w.@-]+)*\.(ts|mts|mjs|py|md|ya?ml|json|txt|lock|spec|nsh|in|log|plist|toml|c|png|pem)$/;
/** Names of two or more words (`camelCase`, `PascalCase`, `snake_case`, `CONSTANT_NAME`), and methods (`a.method(`). */
const NAME =
  /(?<=\w\.)[a-z]\w*(?=\()|(?<![\w./~-])([a-z]+[A-Z]\w*|([A-Z][a-z]+){2,}|[A-Z]+(_[A-Z]+)+|[a-z]+(_[a-z]+)+)(?![\w./-])/g;
const OTHER_NAMES: Record<string, string> = {
  createX: 'X stands for a name',
  openX: 'X stands for a name',
  waitForPort: 'of the app that was reviewed',
};
const inProject = ['build', 'desktop', 'docs', 'resources', 'scripts', 'test', '.github']
  .flatMap(folder => filesBelow(join(root, folder)).map(name => `${folder}/${name}`))
  .concat(readdirSync(root));
/** Words of the code spans of a document. */
const words = (file: string) => codeSpans(read(file)).flatMap(span => span.split(' '));

describe.each(documents)('%s', file => {
  it('names only files that exist; the end of a path is enough', () => {
    const names = words(file).filter(word => FILE.test(word) && !/[A-Z]{4}/.test(word) && !(word in MADE_ELSEWHERE));
    expect(names.filter(name => !inProject.some(path => path === name || path.endsWith(`/${name}`)))).toEqual([]);
  });

  it('names only folders that exist', () => {
    const folders = words(file).filter(word => /^(build|desktop|docs|scripts|test|\.github)\/([\w.-]+\/)*$/.test(word));
    expect(folders.filter(path => !existsSync(join(root, path)))).toEqual([]);
  });

  it('uses only names that are in the code', () => {
    const names = codeSpans(read(file)).flatMap(span => span.match(NAME) ?? []);
    expect(names.filter(name => !(name in OTHER_NAMES) && !sourceText.includes(name))).toEqual([]);
  });

  it('names only tests that exist', () => {
    const names = words(file).filter(word => /^test_\w+$/.test(word));
    expect(names.filter(name => !tests.includes(`def ${name}(`))).toEqual([]);
  });

  it('links only to files and headings that exist', () => {
    const links = [...read(file).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)].map(([, target = '', heading]) => ({
      target: target === '' ? file : posix.normalize(posix.join(dirname(file), target)),
      heading,
    }));
    const broken = links.filter(
      ({ target, heading }) =>
        !existsSync(join(root, target)) || (heading !== undefined && !headingsOf(target).includes(heading)),
    );
    expect(broken).toEqual([]);
  });
});

it('every exception is needed', () => {
  const named = documents.flatMap(words);
  expect(Object.keys(OTHER_NAMES).filter(name => !named.some(word => word.startsWith(name)))).toEqual([]);
  expect(Object.keys(MADE_ELSEWHERE).filter(name => !named.includes(name))).toEqual([]);
});

/** The headings of a document as GitHub names them in links. */
function headingsOf(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

it('docs/chaos.md has a row for each scenario', () => {
  const scenarios = filesIn('test/chaos', /\.ts$/).map(read).join('\n');
  const patterns = [...read('docs/chaos.md').matchAll(/^\| (`(?!npm)[^|]*`) \|/gm)]
    .flatMap(([, cell = '']) => cell.split(', '))
    .map(pattern => pattern.replaceAll('`', '').replace('*', ''));
  const names = [...scenarios.matchAll(/^ +name: [`']([\w-]+)/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter(name => !patterns.some(pattern => name.startsWith(pattern)))).toEqual([]);
  expect(patterns.filter(pattern => !scenarios.includes(pattern))).toEqual([]);
});

it('docs/patches.md has a row for each patch', () => {
  const rows = [...read('docs/patches.md').matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = '']) => cell.split(', '));
  const patches = filesIn('desktop/cachibot_desktop/patches', /\.py$/)
    .map(file => posix.basename(file.replaceAll('\\', '/'), '.py'))
    .filter(name => !['__init__', 'patch', 'page_patch', 'registry'].includes(name));
  expect(patches.length).toBeGreaterThan(15);
  expect(patches.filter(name => !rows.includes(`\`${name}\``))).toEqual([]);
});

it('docs/releasing.md quotes messages of the scripts', () => {
  const scripts = filesIn('scripts', /\.mjs$/)
    .map(read)
    .join('\n');
  const quotes = [...read('docs/releasing.md').matchAll(/^\| \*([^*]+)\*/gm)].map(([, quote = '']) => quote);
  expect(quotes.length).toBeGreaterThan(10);
  const parts = quotes.flatMap(quote => quote.split('…')).map(part => part.trim());
  expect(parts.filter(part => !scripts.includes(part))).toEqual([]);
});

describe('the packaging review', () => {
  const rows = [...read('docs/backend-packaging.md').matchAll(/^\| ([^|]+) \|([^|]*)\| ([^|]+) \|$/gm)].map(
    ([, finding = '', done = '', caught = '']) => ({ finding, done: done.trim(), caught: caught.trim() }),
  );
  const of = (start: string) => rows.filter(({ finding }) => finding === start || finding.startsWith(start));

  it.each([
    ...['C1 ', 'C2 ', 'C3 ', 'M1 ', 'M2 ', 'M3 ', 'M4 ', 'm1 ', 'm2 ', 'm3 ', 'm4 ', 'm5 '],
    ...[1, 2, 3].map(number => `P0 ${number} `),
    ...[4, 5, 6, 7].map(number => `P1 ${number} `),
    ...[8, 9, 10, 11, 12].map(number => `P2 ${number} `),
    ...[13, 14, 15].map(number => `P3 ${number} `),
  ])('has one row for %s', start => {
    expect(of(start)).toHaveLength(1);
  });

  it.each([
    ['Tier 1, ', 3],
    ['Tier 2, ', 5],
    ['Tier 3, ', 4],
    ['Section 2, ', 11],
    ['Section 6, ', 7],
    ['Section 8, ', 9],
  ])('has rows for %s', (start, count) => {
    expect(of(start).length).toBeGreaterThanOrEqual(count);
  });

  it('has an answer in each row: a test, or the issue that brings one', () => {
    const table = rows.filter(({ finding }) => /^([CMm]\d|P\d|Tier|Section) ?/.test(finding));
    expect(table.filter(({ caught }) => caught === '')).toEqual([]);
    expect(table.filter(({ done, caught }) => done === '' && !caught.includes('issue'))).toEqual([]);
  });

  it('is right that the macOS entitlements are named where the app is packed', () => {
    const mac = read('electron-builder.yml').split(/^mac:$/m)[1] ?? '';
    expect(mac).toMatch(/^ {2}hardenedRuntime: true$/m);
    expect(mac).toMatch(/^ {2}entitlements: build\/entitlements\.mac\.plist$/m);
    expect(existsSync(join(root, 'build/entitlements.mac.plist'))).toBe(true);
  });

  it('is right that one place calls the freezer, and one file describes what it makes', () => {
    const callers = filesIn('scripts', /\.(mjs|py)$/).filter(file =>
      /'-m', 'PyInstaller'|pyinstaller /.test(read(file)),
    );
    expect(callers).toEqual(['scripts/backend/freeze.mjs']);
    // The second file builds a server that the benchmark measures and that is never shipped.
    expect([...filesIn('build', /\.spec$/), ...filesIn('scripts', /\.spec$/)]).toEqual([
      'build/cachibot-server.spec',
      'scripts/bench/one-file.spec',
    ]);
  });
});

/** Folders that builds create, or that belong to tools. */
const NOT_IN_THE_TREE = ['.git', '.setup', 'node_modules', 'out', 'out.new', 'release', 'test-output'].concat(
  ['.mypy_cache', '.ruff_cache', '.pytest_cache'],
  ['.github', '.ci'],
);

describe('the tree in CONTRIBUTING', () => {
  const block = /^## The tree\n+```\n([\s\S]*?)^```$/m.exec(read('CONTRIBUTING.md'))?.[1] ?? '';
  const paths = pathsIn(block.trimEnd().split('\n'));
  const isFolder = (path: string) => statSync(join(root, path)).isDirectory();
  const foldersIn = (path: string) =>
    readdirSync(join(root, path))
      .filter(name => !name.startsWith('__') && !NOT_IN_THE_TREE.includes(name) && isFolder(join(path, name)))
      .map(name => posix.join(path, name));

  it('names only paths that exist, folders with a slash', () => {
    expect(paths.length).toBeGreaterThan(30);
    const wrong = paths.filter(path => !existsSync(join(root, path)) || isFolder(path) !== path.endsWith('/'));
    expect(wrong).toEqual([]);
  });

  it.each(['.', 'desktop', 'desktop/cachibot_desktop', 'test'])('names every folder of %s', path => {
    expect(foldersIn(path).filter(name => !paths.includes(`${name}/`))).toEqual([]);
  });
});

/** Paths of an indented list of names, each followed by at least two spaces and words. */
function pathsIn(lines: readonly string[]): string[] {
  const parents: string[] = [];
  return lines.map(line => {
    const depth = (/^ */.exec(line)?.[0].length ?? 0) / 2;
    const [name = ''] = line.trim().split(/ {2,}/);
    parents.length = depth;
    const path = parents.join('') + name;
    parents.push(name);
    return path;
  });
}
