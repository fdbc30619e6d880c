import { expect, it } from 'vitest';
import { SITES } from '../../../../desktop/window/core/sites';
import { homepage } from '../../../../package.json';

it('the addresses in the menu are complete, and begin with the homepage of the package', () => {
  expect(SITES.website).toBe(homepage);
  for (const address of Object.values(SITES)) expect(new URL(address).protocol).toBe('https:');
});
