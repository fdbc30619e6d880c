/** The window that asks for a password, with a fake window. The real one is in `test/real/backups/dialogs.test.ts`. */

import { EventEmitter } from 'node:events';
import { beforeEach, expect, it, vi } from 'vitest';
import { askForPassword } from '../../../desktop/backups/password-window';
import { words } from '../../../desktop/words/en';

type Contents = EventEmitter & { executeJavaScript(): Promise<unknown> };
interface FakeWindow extends EventEmitter {
  webContents: Contents;
  destroyed: boolean;
}

/** The windows that were opened, and how their pages load and answer. */
const fake = vi.hoisted(() => ({
  windows: [] as FakeWindow[],
  load: () => Promise.resolve(),
  answer: () => Promise.resolve('secret' as unknown),
}));

vi.mock('electron', async () => {
  const { EventEmitter } = await import('node:events');
  class BrowserWindow extends EventEmitter {
    destroyed = false;
    webContents = Object.assign(new EventEmitter(), { executeJavaScript: () => fake.answer() });
    constructor() {
      super();
      fake.windows.push(this);
    }
    loadURL = () => fake.load();
    isDestroyed = () => this.destroyed;
    destroy = () => {
      this.destroyed = true;
    };
  }
  return { BrowserWindow, nativeTheme: { shouldUseDarkColors: false } };
});

vi.mock('../../../desktop/security/navigation-guards', () => ({ blockNavigation() {} }));

const never = () => new Promise<never>(() => {});
const ask = () => askForPassword({ to: 'open', parent: undefined, origin: 'http://127.0.0.1:5870', log() {} });
const crash = (window?: FakeWindow) => window?.webContents.emit('render-process-gone', {}, { reason: 'crashed' });

beforeEach(() => {
  fake.windows.length = 0;
  fake.load = () => Promise.resolve();
  fake.answer = () => Promise.resolve('secret');
});

it('returns the answer, and closes the window', async () => {
  expect(await ask()).toBe('secret');
  expect(fake.windows[0]?.destroyed).toBe(true);
});

it.each(['load', 'answer'] as const)('rejects when the page crashes, also before it has loaded: %s', async step => {
  fake[step] = never;
  const answer = ask();
  await Promise.resolve();
  crash(fake.windows[0]);
  await expect(answer).rejects.toThrow(words.backups.noPasswordPage('crashed'));
  expect(fake.windows[0]?.destroyed).toBe(true);
});

it('rejects once when a page that crashes does not load either', async () => {
  fake.load = () => new Promise((_resolve, reject) => setImmediate(reject, new Error('ERR_FAILED')));
  const answer = ask();
  crash(fake.windows[0]);
  await expect(answer).rejects.toThrow(words.backups.noPasswordPage('crashed'));
  // vitest fails if the load then rejects without a handler.
  await new Promise(setImmediate);
});

it('returns nothing when the user closes the window while its page loads', async () => {
  fake.load = never;
  const answer = ask();
  fake.windows[0]?.emit('closed');
  expect(await answer).toBeUndefined();
});
