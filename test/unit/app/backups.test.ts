/** A quit or a restart asks about a backup that is running, or begins while a question is open. */

import { beforeEach, expect, it, vi } from 'vitest';
import { confirmQuit, confirmRestart, guardBackups } from '../../../desktop/app/backups';
import { words } from '../../../desktop/words/en';

/** The questions that were shown, and the answers to them: the index of the button, or what happens before the click. */
const asked: string[] = vi.hoisted(() => []);
const beforeClick: (() => unknown)[] = vi.hoisted(() => []);

vi.mock('electron', () => ({
  BrowserWindow: { getFocusedWindow: () => null, getAllWindows: () => [] },
  dialog: {
    showMessageBox: async ({ message }: { message: string }) => {
      asked.push(message);
      await beforeClick.shift()?.();
      return { response: 0 };
    },
  },
}));

const { quitQuestion, inProgress } = words.backups;
const { signal } = new AbortController();

beforeEach(() => {
  asked.length = beforeClick.length = 0;
});

/** Backups that end when `end` is called. `work`: agrees, and then calls `meanwhile`, as a user does in another window. */
function open(meanwhile: () => unknown = () => {}) {
  let end = () => {};
  const lasting = () =>
    new Promise<void>(resolve => {
      end = resolve;
    });
  const backups = guardBackups({ backUp: lasting, restore: lasting }, () => {});
  const work = {
    confirm: async () => {
      asked.push('work');
      await meanwhile();
      return true;
    },
  };
  const updates = { isInstalling: () => false };
  return { backups, work, updates, end: () => end() };
}

it('asks nothing when nothing is running', () => {
  const { backups } = open();
  expect(confirmQuit({ backups, work: { confirm: () => true } }, signal)).toBe(true);
  expect(asked).toEqual([]);
});

it('asks about a backup, then about work', async () => {
  const { backups, work } = open();
  void backups.backUp();
  expect(await confirmQuit({ backups, work }, signal)).toBe(true);
  expect(asked).toEqual([quitQuestion, 'work']);
});

it('asks about a backup that begins while the question about work is open', async () => {
  const opened = open(() => void opened.backups.backUp());
  expect(await confirmQuit(opened, signal)).toBe(true);
  expect(asked).toEqual(['work', quitQuestion]);
});

it('asks about a backup that begins while the question about another one is open', async () => {
  const opened = open();
  const { backups, end } = opened;
  const first = backups.backUp();
  beforeClick.push(async () => {
    end();
    await first;
    void backups.restore();
  });
  expect(await confirmQuit(opened, signal)).toBe(true);
  expect(asked).toEqual([quitQuestion, 'work', quitQuestion]);
});

it('does not restart when a backup begins while the question about work is open', async () => {
  const opened = open(() => void opened.backups.backUp());
  expect(await confirmRestart(opened)).toBe(false);
  expect(asked).toEqual(['work', inProgress]);
});

it('does not restart when an installation begins while the question about work is open', async () => {
  let isInstalling = false;
  const opened = open(() => (isInstalling = true));
  const updates = { isInstalling: () => isInstalling };
  expect(await confirmRestart({ ...opened, updates })).toBe(false);
  expect(await confirmRestart({ ...opened, updates }), 'and asks nothing during it').toBe(false);
  expect(asked).toEqual(['work']);
});
