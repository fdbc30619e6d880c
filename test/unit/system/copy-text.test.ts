import { expect, it, vi } from 'vitest';
import { copyText } from '../../../desktop/system/copy-text';

const clipboard = vi.hoisted(() => ({ writeText: vi.fn() }));
vi.mock('electron', () => ({ clipboard }));

it.each([
  ['an older Electron, which returns nothing', undefined],
  ['Electron 45, which returns a promise', Promise.resolve()],
])('copies with %s', (_version, result) => {
  clipboard.writeText.mockReturnValue(result);
  copyText('text');
  expect(clipboard.writeText).toHaveBeenLastCalledWith('text');
});

it('survives a clipboard that another program keeps open', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  clipboard.writeText.mockReturnValue(Promise.reject(new Error('The clipboard is in use.')));
  copyText('text');
  await new Promise(resolve => setTimeout(resolve, 10));
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
