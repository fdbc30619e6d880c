import { expect, it } from 'vitest';
import { lastLine } from '../../../../desktop/server/core/last-line';

it.each([
  ['', undefined],
  ['\n \n', undefined],
  ['done', 'done'],
  ['first\nsecond\nthe disk is full', 'the disk is full'],
  ['loading\nrestored 3 files  \n\n', 'restored 3 files'],
])('the last line of %j is %j', (output, line) => expect(lastLine(output)).toBe(line));
