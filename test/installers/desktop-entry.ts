import { readFileSync } from 'node:fs';

/** Reads a desktop entry: its values, and the arguments of its command without placeholders such as `%U`. */
export function readDesktopEntry(file: string): { command: string[]; value(key: string): string } {
  const lines = readFileSync(file, 'utf8').split('\n');
  const value = (key: string) => lines.find(line => line.startsWith(`${key}=`))?.slice(key.length + 1) ?? '';
  const args = value('Exec').match(/"[^"]*"|\S+/g) ?? [];
  return { value, command: args.map(arg => arg.replaceAll('"', '')).filter(arg => !/^%\w$/.test(arg)) };
}
