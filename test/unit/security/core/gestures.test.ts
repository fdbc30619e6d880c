import { describe, expect, it } from 'vitest';
import { createGestures, type Input } from '../../../../desktop/security/core/gestures';

const click: Input = { type: 'mouseDown' };

/** Makes the inputs, each at the time beside it, and then tries to open something so often at `at`. */
function opened({ inputs, at, tries = 1 }: { inputs: [Input, number][]; at: number; tries?: number }): number {
  let now = 0;
  const gestures = createGestures(() => now);
  for (const [input, time] of inputs) {
    now = time;
    gestures.record(input);
  }
  now = at;
  return Array.from({ length: tries }, () => gestures.use()).filter(Boolean).length;
}

describe('gestures', () => {
  it.each<[string, Input, number]>([
    ['a click', click, 1],
    ['a key', { type: 'rawKeyDown' }, 1],
    ['a key with modifiers', { type: 'keyDown', modifiers: ['control'] }, 1],
    ['a touch', { type: 'touchStart' }, 1],
    ['a key that is held down', { type: 'rawKeyDown', modifiers: ['isAutoRepeat'] }, 0],
    ['a key that is held down with modifiers', { type: 'keyDown', modifiers: ['control', 'isAutoRepeat'] }, 0],
    ['a movement of the mouse', { type: 'mouseMove' }, 0],
    ['the end of a click', { type: 'mouseUp' }, 0],
    ['a character', { type: 'char' }, 0],
    ['an unknown input', {}, 0],
  ])('%s permits %#', (_name, input, openings) => {
    expect(opened({ inputs: [[input, 0]], at: 10 })).toBe(openings);
  });

  it('permit one opening each, however many are tried', () => {
    expect(opened({ inputs: [[click, 0]], at: 10, tries: 200 })).toBe(1);
    expect(opened({ inputs: [[click, 0], [click, 1]], at: 10, tries: 200 })).toBe(1); // biome-ignore format: a table
  });

  it('permit nothing before the first and 5 s after the last', () => {
    expect(opened({ inputs: [], at: 10 })).toBe(0);
    expect(opened({ inputs: [[click, 9_000]], at: 14_000 })).toBe(1);
    expect(opened({ inputs: [[click, 9_000]], at: 14_001 })).toBe(0);
  });
});
