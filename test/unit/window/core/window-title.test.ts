import { describe, expect, it } from 'vitest';
import { windowTitle } from '../../../../desktop/window/core/window-title';

describe('windowTitle', () => {
  it.each([
    ['', 'CachiBot'],
    [' \n ', 'CachiBot'],
    ['CachiBot', 'CachiBot'],
    ['Plans', 'Plans – CachiBot'],
    ['  Two\n\n lines\t', 'Two lines – CachiBot'],
    ['a\u0000b\u001b[31m\u007fc', 'a b [31m c – CachiBot'],
    ['invoice\u202efdp.exe\u2066', 'invoice fdp.exe – CachiBot'],
    ['\u200f\u200e\u061c', 'CachiBot'],
    ['\u200bCachiBot\ufeff', 'CachiBot'],
    ['one\u2028two\u2029three', 'one two three – CachiBot'],
    ['half \ud83d of a pair', 'half of a pair – CachiBot'],
    ['العربية', 'العربية – CachiBot'],
    ['👩‍🚀', '👩‍🚀 – CachiBot'],
  ])('%j is shown as %j', (title, shown) => expect(windowTitle(title)).toBe(shown));

  it('has at most 80 characters of the name, none of them halved', () => {
    expect(windowTitle('x'.repeat(80))).toBe(`${'x'.repeat(80)} – CachiBot`);
    expect(windowTitle('x'.repeat(81))).toBe(`${'x'.repeat(80)}… – CachiBot`);
    expect(windowTitle('😀'.repeat(100_000))).toBe(`${'😀'.repeat(80)}… – CachiBot`);
  });
});
