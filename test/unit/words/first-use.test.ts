/** The words of the app's own pages beside CachiBot's: all in one file, all used. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { firstUseWords } from '../../drivers/first-use';
import { filesBelow } from '../../drivers/source-files';

const FOLDER = join(__dirname, '../../../desktop/cachibot_desktop/first_use/page');
const read = (suffix: string) =>
  filesBelow(FOLDER)
    .filter(name => name.endsWith(suffix))
    .map(name => readFileSync(join(FOLDER, name), 'utf8'));
const html = read('.html');
const named = html.flatMap(page => [...page.matchAll(/\{\{(\w+)\}\}/g)].map(([, key = '']) => key));
const scripts = read('.js').join('\n');

describe('the words of the first page', () => {
  it('are all used', () => {
    const unused = Object.keys(firstUseWords).filter(
      key => !named.includes(key) && !new RegExp(`\\b${key}\\b`).test(scripts),
    );
    expect(unused).toEqual([]);
  });

  it('exist for each name in a page', () => {
    const given = ['content', 'mode', 'script', 'userName'];
    expect(named.filter(key => !given.includes(key) && !Object.hasOwn(firstUseWords, key))).toEqual([]);
  });

  it.each(html)('are nowhere else: page %#', page => {
    const text = page.replace(/<title>CachiBot<\/title>|\{\{\w+\}\}|<[^>]*>/g, '');
    expect(text.replace(/[\s:,.]+/g, '')).toBe('');
  });
});
