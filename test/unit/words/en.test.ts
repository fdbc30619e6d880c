import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KNOWN_FAILURES } from '../../../desktop/window/core/screen';
import { words } from '../../../desktop/words/en';
import { filesBelow, readSourceFiles } from '../../drivers/source-files';

const DESKTOP = join(__dirname, '../../../desktop');
const sources = readSourceFiles(DESKTOP)
  .filter(({ part }) => !part.startsWith('words/'))
  .map(({ source }) => source);
const PAGES = join(DESKTOP, 'pages');
const html = filesBelow(PAGES)
  .filter(name => name.endsWith('.html'))
  .map(name => readFileSync(join(PAGES, name), 'utf8'));
const named = new Set(html.flatMap(page => [...page.matchAll(/\{\{(\w+)\}\}/g)].map(([, key = '']) => key)));
const used = new Set([...sources.flatMap(usedIn), ...[...named].map(key => `pages.${key}`)]);

/** The keys below an object of words: `failure.diskFull.title` and so on. */
function keysOf(node: object, path: readonly string[] = []): string[] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? keysOf(value, [...path, key]) : [[...path, key].join('.')],
  );
}

/**
 * The keys that a source uses: `words.menu.file`, `{ file } = words.menu`, or `startup.noHome` where that part is imported
 * by itself. An object stands for all keys below it.
 */
function usedIn(source: string): string[] {
  const [, alone] = /import \{ (\w+) \} from '[./]+\/words\/(?!en')\w+'/.exec(source) ?? [];
  const whole = new RegExp(`\\b(?:words\\.${alone ? `|(?=${alone}\\.)` : ''})(\\w+\\.[\\w.]+)`, 'g');
  const direct = [...source.matchAll(whole)].map(([, key = '']) => key);
  const taken = [...source.matchAll(/\{([\w\s,]+)\} = words\.(\w+);/g)].flatMap(([, keys = '', group = '']) =>
    keys.split(',').map(key => `${group}.${key.trim()}`),
  );
  return [...direct, ...taken];
}

function isUsed(key: string): boolean {
  const parts = key.split('.');
  return parts.some((_, index) => used.has(parts.slice(0, index + 1).join('.')));
}

describe('the catalogue of words', () => {
  it('has no key that nothing uses', () => {
    expect(keysOf(words).filter(key => !isUsed(key))).toEqual([]);
  });

  it('has each key that a page of the shell names', () => {
    expect([...named].filter(key => !Object.hasOwn(words.pages, key))).toEqual([]);
  });

  it('has no markup in the words of pages', () => {
    expect(Object.values(words.pages).filter(text => /[<>&"]/.test(text))).toEqual([]);
  });
});

it('the last lines of the server have the titles of the failure page', () => {
  const python = filesBelow(DESKTOP)
    .filter(name => name.endsWith('.py'))
    .map(name => readFileSync(join(DESKTOP, name), 'utf8'));
  const titles = Object.values(KNOWN_FAILURES).map(({ title }) => title.replaceAll('’', "'"));
  expect(titles.filter(title => !python.some(source => source.includes(title)))).toEqual([]);
});

it('the installers have the copyright line of the About panel', () => {
  const settings = readFileSync(join(DESKTOP, '../electron-builder.yml'), 'utf8');
  expect(settings).toContain(`\ncopyright: ${words.pages.copyright}\n`);
});

it.each(html)('a page of the shell has no words of its own: %#', page => {
  const text = page
    .replace(/<title>CachiBot<\/title>|<h1[^>]*>CachiBot<\/h1>|CachiBot<\/span>|\{\{\w+\}\}|<[^>]*>/g, '')
    .trim();
  expect(text.replace(/[\s✕↑↓]+/g, '')).toBe('');
});
