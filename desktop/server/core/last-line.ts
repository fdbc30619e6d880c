/** Returns the last line of a program's output, which says what it has done; undefined if there is none. */
export function lastLine(output: string): string | undefined {
  return output.trim().split('\n').at(-1) || undefined;
}
