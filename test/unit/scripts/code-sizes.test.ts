/** The measurement of functions and files, and its exceptions. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  describeLongest,
  FILE_LINES,
  FUNCTION_LINES,
  findSizeProblems,
  measurePython,
  measureScript,
} from '../../../scripts/testing/code-sizes.mjs';

describe('measuring a script', () => {
  it.each([
    ['a function', 'function one() {\n  return 1;\n}', ['one 3']],
    ['a function in a variable', 'const one = function () {\n};', ['one 2']],
    ['an arrow function in a variable', 'const one = (a: number) =>\n  a;', ['one 2']],
    ['a method', 'const a = {\n  one() {\n  },\n};', ['one 2']],
    ['a property', 'const a = {\n  one: () => {\n  },\n};', ['one 2']],
    ['a private method', 'class A {\n  #one(): void {\n  }\n}', ['one 2']],
    ['nested functions', 'function one() {\n  function two() {\n  }\n}', ['one 4', 'two 2']],
    ['a function without a name', 'call(() => {\n});', ['line 1 2']],
    ['a function after letters outside ASCII', '// ’“𝒙”\nfunction one() {\n  return "…";\n}', ['one 3']],
    ['only the type of a function', 'type One = () => void;\ndeclare function two(): void;', []],
  ])('finds %s', async (_what, source, functions) => {
    const sizes = await measureScript('desktop/a.ts', `${source}\n`);
    expect(sizes.filter(({ name }) => name).map(({ name, lines }) => `${name} ${lines}`)).toEqual(functions);
    expect(sizes[0]).toEqual({ file: 'desktop/a.ts', lines: source.split('\n').length });
  });

  it('understands JavaScript', async () => {
    await expect(measureScript('scripts/a.mjs', 'export const a = () => {};\n')).resolves.toHaveLength(2);
  });
});

it('measures Python files and the functions in them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sizes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.py');
  writeFileSync(file, 'async def one():\n    """…"""\n\n    def two(): ...\n\n\nA = 1\n');
  await expect(measurePython(process.env['CACHIBOT_TEST_PYTHON'] ?? '', [file])).resolves.toEqual([
    { file, lines: 7 },
    { file, name: 'one', lines: 4 },
    { file, name: 'two', lines: 1 },
  ]);
});

describe('sizes', () => {
  const longest = { file: 'a.ts', name: 'one', lines: FUNCTION_LINES };
  const tooLong = { file: 'a.ts', name: 'two', lines: FUNCTION_LINES + 1 };
  const longestFile = { file: 'b.ts', lines: FILE_LINES };
  const tooLongFile = { file: 'c.ts', lines: FILE_LINES + 1 };

  it('pass up to the limits', () => {
    expect(findSizeProblems([longest, longestFile], {})).toEqual([]);
  });

  it('fail beyond the limits', () => {
    expect(findSizeProblems([tooLong, tooLongFile], {})).toEqual([
      `a.ts: two has ${FUNCTION_LINES + 1} lines; at most ${FUNCTION_LINES} are allowed.`,
      `c.ts has ${FILE_LINES + 1} lines; at most ${FILE_LINES} are allowed.`,
    ]);
  });

  it('pass beyond the limits if they are listed', () => {
    expect(findSizeProblems([tooLong, tooLongFile], { 'a.ts: two': 'a table', 'c.ts': 'a table' })).toEqual([]);
  });

  it('fail if an exception is not needed', () => {
    expect(findSizeProblems([longest], { 'a.ts: one': 'a table' })).toEqual([
      'a.ts: one is not too long: no exception is needed.',
    ]);
  });

  it('are described by the longest function and file that are not exceptions', () => {
    const all = [{ ...longest, name: 'short', lines: 1 }, longest, tooLong, longestFile, tooLongFile];
    expect(describeLongest(all, { 'a.ts: two': 'a table', 'c.ts': 'a table' })).toBe(
      `longest function: a.ts: one, ${FUNCTION_LINES} lines\nlongest file: b.ts, ${FILE_LINES} lines`,
    );
  });
});
