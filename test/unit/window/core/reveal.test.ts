import { expect, it } from 'vitest';
import { revealPage, SLOW_PAGE_MS, UNUSABLE_PAGE_MS } from '../../../../desktop/window/core/reveal';

it.each([
  ['the server is not ready', { painted: true, usable: false, readyMs: undefined }, 'wait'],
  [
    'the page is usable before the server says that it is ready',
    { painted: true, usable: true, readyMs: undefined },
    'show',
  ],
  ['the page is usable', { painted: true, usable: true, readyMs: 10 }, 'show'],
  ['the server has just become ready', { painted: true, usable: false, readyMs: 0 }, 'wait'],
  ['almost slow', { painted: true, usable: false, readyMs: SLOW_PAGE_MS - 1 }, 'wait'],
  ['slow', { painted: true, usable: false, readyMs: SLOW_PAGE_MS }, 'slow'],
  ['slow, and empty', { painted: false, usable: false, readyMs: SLOW_PAGE_MS }, 'slow'],
  ['almost too slow', { painted: true, usable: false, readyMs: UNUSABLE_PAGE_MS - 1 }, 'slow'],
  ['too slow: the page is shown as it is', { painted: true, usable: false, readyMs: UNUSABLE_PAGE_MS }, 'show'],
  ['an empty page is not shown', { painted: false, usable: false, readyMs: UNUSABLE_PAGE_MS }, 'slow'],
] as const)('%s', (_name, progress, expected) => {
  expect(revealPage(progress)).toBe(expected);
});
