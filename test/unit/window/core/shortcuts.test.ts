import { expect, it } from 'vitest';
import { COMMANDS, type Command, commandFor, keysOf, type PressedKey } from '../../../../desktop/window/core/shortcuts';

/** Creates a pressed key from its modifiers and its name, such as `control+shift+R`. */
function pressed(keys: string, more: Partial<PressedKey> = {}): PressedKey {
  const parts = keys.split(/\+(?=.)/);
  const key = parts.pop() ?? '';
  const has = (modifier: string) => parts.includes(modifier);
  return {
    key,
    code: `Key${key.toUpperCase()}`,
    control: has('control'),
    meta: has('meta'),
    alt: has('alt'),
    shift: has('shift'),
    ...more,
  };
}

it.each<[string, Partial<PressedKey>, Command | undefined]>([
  ['F5', { code: 'F5' }, 'reload'],
  ['control+r', {}, 'reload'],
  ['control+R', {}, 'reload'], // Caps Lock
  ['control+shift+R', {}, 'reloadWithoutCache'],
  ['control+к', { code: 'KeyR' }, 'reload'], // a Russian layout
  ['control+ä', { code: 'KeyA' }, undefined],
  ['control+rк', { code: 'KeyR' }, undefined],
  ['control+кr', { code: 'KeyR' }, undefined],
  ['control+p', { code: 'KeyR' }, 'print'], // a Dvorak layout: the letter decides, not the place
  ['control+=', { code: 'Equal' }, 'zoomIn'],
  ['control+shift++', { code: 'Equal' }, 'zoomIn'],
  ['control++', { code: 'BracketRight' }, 'zoomIn'], // a German layout
  ['control++', { code: 'NumpadAdd' }, 'zoomIn'],
  ['control+-', { code: 'NumpadSubtract' }, 'zoomOut'],
  ['control+-', { code: 'Minus' }, 'zoomOut'],
  ['control+shift+_', { code: 'Minus' }, undefined],
  ['control+0', { code: 'Digit0' }, 'resetZoom'],
  ['control+Insert', { code: 'Numpad0' }, 'resetZoom'], // without Num Lock
  ['alt+ArrowLeft', { code: 'ArrowLeft' }, 'back'],
  ['alt+ArrowRight', { code: 'ArrowRight' }, 'forward'],
  ['ArrowLeft', { code: 'ArrowLeft' }, undefined],
  ['shift+F3', { code: 'F3' }, 'findPrevious'],
  ['F3', { code: 'F3' }, 'findNext'],
  ['control+alt+f', {}, undefined], // AltGr
  ['meta+f', {}, undefined],
  ['control+meta+f', {}, undefined],
  ['f', {}, undefined],
  ['control+f', {}, 'find'],
  ['control+n', {}, 'newChat'],
  ['control+k', {}, 'palette'],
  ['control+b', {}, 'sidebar'],
  ['control+/', { code: 'Slash' }, 'shortcuts'],
  ['control+shift+/', { code: 'Digit7' }, 'shortcuts'], // a German layout
  ['control+,', { code: 'Comma' }, 'settings'],
  ['control+б', { code: 'Comma' }, 'settings'], // a Russian layout
  ['control+б', { code: 'Period' }, undefined],
])('%s %o on Linux and Windows is the command %s', (keys, more, command) => {
  expect(commandFor(pressed(keys, more), false)).toBe(command);
});

it.each<[string, Command | undefined]>([
  ['meta+f', 'find'],
  ['meta+,', 'settings'],
  ['control+f', undefined], // moves the cursor in a text field
  ['meta+ArrowLeft', undefined], // moves the cursor, too
  ['meta+[', 'back'],
  ['meta+]', 'forward'],
  ['meta+g', 'findNext'],
  ['meta+shift+g', 'findPrevious'],
])('%s on macOS is the command %s', (keys, command) => {
  expect(commandFor(pressed(keys), true)).toBe(command);
});

it('has no key for two commands', () => {
  for (const mac of [false, true]) {
    const keys = COMMANDS.flatMap(command => keysOf(command, mac));
    expect(new Set(keys).size).toBe(keys.length);
  }
});
