import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import { readSourceFiles } from '../../drivers/source-files';

const sources = readSourceFiles(join(__dirname, '../../../desktop')).map(({ source }) => source);

/** `words.menu.file` and so on. */
function keysOf(node: object, path: string): string[] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? keysOf(value, `${path}.${key}`) : [`${path}.${key}`],
  );
}

describe('the catalogue of words', () => {
  it.each(keysOf(words, 'words'))('%s is shown somewhere', key => {
    expect(sources.some(source => source.includes(key))).toBe(true);
  });
});
