/** What the documents name is there, and the table of the packaging review leaves no finding out. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(__dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const filesIn = (folder: string, end: RegExp) =>
  (readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }) as string[])
    .filter(name => end.test(name) && !name.includes('__pycache__'))
    .map(name => join(folder, name));
const tests = filesIn('test', /\.py$/).map(read).join('\n');

describe.each([
  ...readdirSync(root)
    .filter(name => name.endsWith('.md'))
    .concat('build/requirements.md'),
  ...filesIn('docs', /\.md$/),
])('%s', file => {
  const text = read(file);
  const inCode = [...text.matchAll(/`([^`\n]+)`/g)].map(([, words = '']) => words);

  it('names only files that are there', () => {
    const paths = inCode.filter(words => /^(build|desktop|docs|scripts|test)\/[\w./-]+\w\/?$/.test(words));
    expect(paths.filter(path => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names only tests that are there', () => {
    const names = inCode.filter(words => /^test_\w+$/.test(words));
    expect(names.filter(name => !tests.includes(`def ${name}(`))).toEqual([]);
  });

  it('leads nowhere that is not there', () => {
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    expect(links.filter(target => !existsSync(join(root, dirname(file), target)))).toEqual([]);
  });

  it('names only commands that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const commands = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(commands.filter(name => scripts[name] === undefined)).toEqual([]);
  });
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
    // The other makes the one file that is measured, and nothing that is shipped.
    expect([...filesIn('build', /\.spec$/), ...filesIn('scripts', /\.spec$/)]).toEqual([
      'build/cachibot-server.spec',
      'scripts/bench/one-file.spec',
    ]);
  });
});

/** Folders that are made, or belong to tools. */
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

  it('names only what is there, folders with a slash', () => {
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
