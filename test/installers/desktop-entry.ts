import { readFileSync } from 'node:fs';

/** The lines of a desktop entry, and the words of its command without the places for files. */
export function readDesktopEntry(file: string): { command: string[]; value(key: string): string } {
  const lines = readFileSync(file, 'utf8').split('\n');
  const value = (key: string) => lines.find(line => line.startsWith(`${key}=`))?.slice(key.length + 1) ?? '';
  const words = value('Exec').match(/"[^"]*"|\S+/g) ?? [];
  return { value, command: words.map(word => word.replaceAll('"', '')).filter(word => !/^%\w$/.test(word)) };
}
