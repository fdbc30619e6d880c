// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';

/**
 * Replaces each place in a file of the build, such as `…/shell-start.js:12:3`, by that in the sources, such as
 * `desktop/app.ts:4:1`.
 * @param {string} text such as a stack
 * @param {string} folder with the source maps, out/
 */
export function withSourceLines(text, folder) {
  return text.replace(/[^\s()]*(shell(?:-\w+)?\.js):(\d+):(\d+)/g, (place, name, line, column) => {
    const file = join(folder, `${name}.map`);
    if (!existsSync(file)) return place;
    const entry = new SourceMap(JSON.parse(readFileSync(file, 'utf8'))).findEntry(Number(line) - 1, Number(column) - 1);
    if (!('originalSource' in entry)) return place;
    const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}
