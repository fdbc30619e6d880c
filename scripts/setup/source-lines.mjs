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
  /** @type {Map<string, SourceMap | undefined>} */
  const maps = new Map();
  return text.replace(/[^\s()]*(shell(?:-\w+)?\.js):(\d+):(\d+)/g, (place, name, line, column) => {
    if (!maps.has(name)) maps.set(name, readMap(join(folder, `${name}.map`)));
    const entry = maps.get(name)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return place;
    const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

/** @param {string} file */
function readMap(file) {
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}
