// @ts-check
import { SourceMap } from 'node:module';

/**
 * Replaces each place in out/shell.js, such as `…/shell.js:12:3`, by that in the sources, such as `desktop/app.ts:4:1`.
 * @param {string} text such as a stack
 * @param {string} map content of out/shell.js.map
 */
export function withSourceLines(text, map) {
  const sourceMap = new SourceMap(JSON.parse(map));
  return text.replace(/[^\s()]*shell\.js:(\d+):(\d+)/g, (place, line, column) => {
    const entry = sourceMap.findEntry(Number(line) - 1, Number(column) - 1);
    if (!('originalSource' in entry)) return place;
    const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}
