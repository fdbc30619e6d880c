import { beforeEach, expect, it, vi } from 'vitest';
import type { PendingUpgrade } from '../../../desktop/updates/core/record';
import { rollBack } from '../../../desktop/updates/rollback';
import { Trial } from '../../../desktop/updates/trial';

/** Actions, in order. */
const done: string[] = vi.hoisted(() => []);

vi.mock('electron', () => ({
  shell: { openExternal: () => Promise.reject(new Error('no browser')) },
  BrowserWindow: { getFocusedWindow: () => null, getAllWindows: () => [] },
  dialog: {
    // The first button agrees.
    showMessageBox: async () => {
      done.push('asked');
      return { response: 0, checkboxChecked: false };
    },
  },
}));

beforeEach(() => {
  done.length = 0;
});

/** Options of a rollback whose previous version is in the file `previous`. It notes what it does. */
function scripted({ previous, mayRestart = true }: { previous?: string; mayRestart?: boolean } = {}) {
  const log = { line() {} };
  const kept = previous === undefined ? {} : { previous };
  const pending: PendingUpgrade = { from: '1.0.0', to: '2.0.0', at: '', starts: 2, ready: false, ...kept };
  const records = { get: () => ({ pending, seen: {} }), change() {} };
  return {
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
    target: {
      rollback: {
        assertPossible: async () => {},
        restorePrevious: async (file: string) => void done.push(`restored ${file}`),
      },
    },
    openOwn: async (address: string) => void done.push(`opened ${address}`),
    confirmRestart: () => mayRestart,
    acquireLock: () => {
      done.push('locked');
      return () => {};
    },
    isQuitting: () => false,
    exitApp: async () => void done.push('exited'),
  } satisfies Parameters<typeof rollBack>[0];
}

it('opens the page with installers where the previous version is not kept', async () => {
  await rollBack(scripted());
  expect(done).toEqual(['opened https://cachibot.ai']);
});

it('restores the previous version when the user agrees', async () => {
  await rollBack(scripted({ previous: '/old' }));
  expect(done).toEqual(['asked', 'locked', 'restored /old', 'exited']);
});

it('changes nothing when a backup has begun while the question was open', async () => {
  await rollBack(scripted({ previous: '/old', mayRestart: false }));
  expect(done).toEqual(['asked']);
});
