import { expect, it } from 'vitest';
import {
  APP_UPDATED,
  GRAPHICS_OFF,
  PAGE_BLANK,
  PAGE_CRASHED,
  PAGE_HANGS,
  PAGE_KEEPS_CRASHING,
  PAGE_STAYS_BLANK,
} from '../../../../desktop/window/core/page-notices';

it.each([PAGE_BLANK, PAGE_CRASHED, PAGE_HANGS, GRAPHICS_OFF, APP_UPDATED])(
  '“$title” can be dismissed',
  ({ choices, busy }) => {
    expect(choices).toContain('dismiss');
    expect(busy).toBe(false);
  },
);

it('offers to reload a page that hangs', () => expect(PAGE_HANGS.choices).toContain('reload'));

it.each([PAGE_KEEPS_CRASHING, PAGE_STAYS_BLANK])('“$title” says that the server is not the cause', ({ detail }) => {
  expect(detail).toMatch(/^The server is fine/);
});
