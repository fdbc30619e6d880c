import { expect, it } from 'vitest';
import { lazyRequire } from '../../../desktop/system/lazy-require';

it('loads a module at the first call, and once', () => {
  let loads = 0;
  const part = lazyRequire(() => ({ number: ++loads }));
  expect(loads).toBe(0);
  expect([part().number, part().number]).toEqual([1, 1]);
});

it('throws the first error again, because a second load would return a part of the module', () => {
  const error = new Error('ENOENT: electron-updater');
  const exported: { start?: () => void } = {};
  let loads = 0;
  const part = lazyRequire(() => {
    loads += 1;
    if (loads === 1) throw error;
    return exported;
  });
  expect(part).toThrow(error);
  expect(part).toThrow(error);
  expect(loads).toBe(1);
});
