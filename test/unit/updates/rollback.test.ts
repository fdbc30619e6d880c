import { expect, it, vi } from 'vitest';
import { rollBack } from '../../../desktop/updates/rollback';
import { Trial } from '../../../desktop/updates/trial';

vi.mock('electron', () => ({ shell: { openExternal: () => Promise.reject(new Error('no browser')) } }));

it('opens the page with installers where the previous version is not kept', async () => {
  const opened: string[] = [];
  const log = { line() {} };
  const pending = { from: '1.0.0', to: '2.0.0', at: '2026-01-01T00:00:00.000Z', starts: 2, ready: false };
  const records = { get: () => ({ pending, seen: {} }), change() {} };
  await rollBack({
    launch: {
      backend: {
        state: { phase: 'stopped' },
        token: undefined,
        start: async () => ({ phase: 'stopped' }),
        stop: async () => ({ phase: 'stopped' }),
      },
      folders: { home: '/nonexistent', profile: '/nonexistent' },
      log,
    },
    trial: new Trial({ records, version: '2.0.0', log: log.line }),
    version: '2.0.0',
    page: 'https://cachibot.ai',
    target: undefined,
    openOwn: async address => void opened.push(address),
    acquireLock: () => undefined,
    isQuitting: () => false,
    exitApp: async () => {},
  });
  expect(opened).toEqual(['https://cachibot.ai']);
});
