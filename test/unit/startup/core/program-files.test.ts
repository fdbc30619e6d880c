import { expect, it } from 'vitest';
import { judgeProgram } from '../../../../desktop/startup/core/program-files';

const old = ['1', '2'];
const half = ['10', '2'];
const fresh = ['10', '20'];

it.each([
  ['nothing has changed', old, old, 'same'],
  ['a file has just changed', old, half, 'changing'],
  ['another has just changed', half, fresh, 'changing'],
  ['all have settled', fresh, fresh, 'replaced'],
  ['a file is missing', ['10', undefined], ['10', undefined], 'changing'],
  ['the old files are back', fresh, old, 'same'],
] as const)('%s', (_what, last, now, verdict) => {
  expect(judgeProgram(old, last, now)).toBe(verdict);
});

it('a program without files to watch is always the same', () => expect(judgeProgram([], [], [])).toBe('same'));
