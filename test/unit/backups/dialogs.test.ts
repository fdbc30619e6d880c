/** The commands for backups, with a scripted server. The real dialogs are in `test/real/backups/dialogs.test.ts`. */

import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { createBackups } from '../../../desktop/backups/dialogs';
import { words } from '../../../desktop/words/en';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

/** The message boxes that were shown. */
const shown: string[] = vi.hoisted(() => []);
/** Those that the user leaves open. */
const unanswered: string[] = vi.hoisted(() => []);

vi.mock('electron', () => ({
  app: {},
  BrowserWindow: { getFocusedWindow: () => null, getAllWindows: () => [] },
  dialog: {
    // The first button continues; the last message waits for the user.
    showMessageBox: ({ message }: { message: string }) => {
      shown.push(message);
      return unanswered.includes(message) ? new Promise(() => {}) : Promise.resolve({ response: 0 });
    },
    showOpenDialog: async () => ({ canceled: false, filePaths: ['a.cachibot-backup'] }),
  },
}));

/** Opens the commands with a server that ends with `code`: by default every backup is damaged. */
function open({ isQuitting = false, code = 60 } = {}) {
  const home = createTemporaryFolder();
  const server = { file: process.execPath, args: ['-e', `process.exit(${code})`], env: process.env, home };
  const calls: string[] = [];
  let isBusy = false;
  const backups = createBackups({
    parts: { server, profile: join(home, 'profile') },
    data: join(home, '.cachibot'),
    origin: 'http://127.0.0.1:5870',
    flushPage() {},
    isBusy: () => isBusy,
    stopServer: async () => {
      calls.push('stop');
      isBusy = isQuitting;
    },
    startServer: () => void calls.push('start'),
    showSplash() {},
    relaunch: () => void calls.push('relaunch'),
    log() {},
  });
  return { backups, calls };
}

beforeEach(() => {
  shown.length = unanswered.length = 0;
});

it('starts the server again when a backup cannot be restored', async () => {
  const { backups, calls } = open();
  await backups.restore();
  expect(calls).toEqual(['stop', 'start']);
  expect(shown.at(-1)).toBe(words.backups.notRestored);
});

it('starts the server again when the password cannot be asked for', async () => {
  const { backups, calls } = open({ code: 61 });
  await backups.restore(); // there is no window in this test
  expect(calls).toEqual(['stop', 'start']);
  expect(shown.at(-1)).toBe(words.backups.notRestored);
});

it('starts no server when the user has quit meanwhile', async () => {
  const { backups, calls } = open({ isQuitting: true });
  await backups.restore();
  expect(calls).toEqual(['stop']);
});

it('has ended when its last message is shown, also before the user dismisses it', async () => {
  const { backups } = open();
  unanswered.push(words.backups.notRestored);
  await backups.restore();
  await backups.restore();
  expect(shown.filter(message => message === words.backups.notRestored)).toHaveLength(2);
  expect(shown).not.toContain(words.backups.notPossible);
});
