import { expect, it } from 'vitest';
import { placeOfBundle } from '../../../desktop/system/bundle-place';

const refused = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

it.each([
  ['/Applications/CachiBot.app/Contents/MacOS/CachiBot', () => {}, undefined],
  ['/Applications/CachiBot.app/Contents/MacOS/CachiBot', refused('EACCES'), undefined],
  ['/Volumes/CachiBot 1.0.0/CachiBot.app/Contents/MacOS/CachiBot', refused('EROFS'), 'read-only'],
  [
    '/private/var/folders/x/y/T/AppTranslocation/1A2B/d/CachiBot.app/Contents/MacOS/CachiBot',
    refused('EROFS'),
    'translocated',
  ],
])('%s', (executable, access, expected) => {
  expect(placeOfBundle(executable, access)).toBe(expected);
});

it('looks at the bundle, not at the program in it', () => {
  const seen: unknown[] = [];
  placeOfBundle('/Applications/CachiBot.app/Contents/MacOS/CachiBot', file => void seen.push(file));
  expect(seen).toEqual(['/Applications/CachiBot.app']);
});
