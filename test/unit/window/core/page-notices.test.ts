import { expect, it } from 'vitest';
import {
  ABOUT_PAGE,
  APP_UPDATED,
  GRAPHICS_OFF,
  PAGE_BLANK,
  PAGE_CRASHED,
  PAGE_HANGS,
  PAGE_KEEPS_CRASHING,
  PAGE_STAYS_BLANK,
  storageDamaged,
} from '../../../../desktop/window/core/page-notices';
import { words } from '../../../../desktop/words/en';

it.each([PAGE_BLANK, PAGE_CRASHED, PAGE_HANGS, GRAPHICS_OFF, APP_UPDATED])(
  '“$title” can be dismissed',
  ({ choices, busy }) => {
    expect(choices).toContain('dismiss');
    expect(busy).toBe(false);
  },
);

it('forgets with the window only what is about its page', () => {
  expect(ABOUT_PAGE).toEqual([PAGE_CRASHED, PAGE_BLANK, PAGE_HANGS]);
});

it('offers to reload a page that hangs', () => expect(PAGE_HANGS.choices).toContain('reload'));

it.each([PAGE_KEEPS_CRASHING, PAGE_STAYS_BLANK])('“$title” says that the server is not the cause', ({ detail }) => {
  expect(detail).toMatch(/^The server is fine/);
});

it('names the damaged files and the date of the copy in their place', () => {
  expect(storageDamaged({ copiedMs: Date.UTC(2026, 4, 1, 12), damaged: '/profile/bad' })).toEqual({
    title: words.page.storageDamaged,
    text: expect.stringMatching(/restored the copy of .*2026.*\. .*\/profile\/bad/),
    busy: false,
    choices: ['dismiss', 'logs'],
  });
  expect(storageDamaged({ copiedMs: undefined, damaged: '/x' }).text).toMatch(/^There was no copy.*\/x/);
  const failed = storageDamaged({ copiedMs: undefined, damaged: '/x', problem: 'ENOSPC' });
  expect(failed.title).toBe(words.page.storageNotRestored);
  expect(failed.text).toMatch(/ENOSPC.*\. .*\/x/);
  const empty = storageDamaged({ copiedMs: undefined, damaged: undefined, problem: 'ENOSPC' });
  expect(empty.text).toBe(words.page.storageProblem('ENOSPC'));
});
