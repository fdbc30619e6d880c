/** Notifications of the page's news, with a desktop of the test. */

import { EventEmitter } from 'node:events';
import { beforeEach, expect, it, vi } from 'vitest';
import { createNotifications } from '../../../desktop/app/notifications';
import type { News } from '../../../desktop/window/core/news';
import type { Windows } from '../../../desktop/window/windows';

const desktop = vi.hoisted(() => ({
  bounces: 0,
  app: { on(_name: string, _listener: () => void) {}, dock: { bounce: () => desktop.bounces++ } },
  isSupported: true,
}));
/** The notifications that are on the desktop. */
const shown: FakeNotification[] = [];

class FakeNotification extends EventEmitter {
  static isSupported = () => desktop.isSupported;
  readonly body: string;
  readonly urgency: string;

  constructor({ body, urgency }: { body: string; urgency: string }) {
    super();
    this.body = body;
    this.urgency = urgency;
  }

  show(): void {
    shown.push(this);
  }

  close(): void {
    shown.splice(shown.indexOf(this), 1);
  }
}

vi.mock('electron', () => ({
  app: desktop.app,
  BrowserWindow: { getFocusedWindow: () => null },
  get Notification() {
    return FakeNotification;
  },
}));

beforeEach(() => {
  desktop.isSupported = true;
  desktop.bounces = 0;
  shown.splice(0);
});

/** @param isVisible whether the main window is on the screen, without the focus */
function open({ isVisible = false } = {}) {
  const flashes: boolean[] = [];
  const main = {
    isVisible: () => isVisible,
    isMinimized: () => false,
    isDestroyed: () => false,
    flashFrame: (on: boolean) => void flashes.push(on),
  };
  const opened: string[] = [];
  const badges: number[] = [];
  let focus: () => void = () => {};
  desktop.app.on = (_name, listener) => {
    focus = listener;
  };
  const windows = { main: () => main, focus() {}, openPath: (path: string) => void opened.push(path) };
  const notifications = createNotifications({
    windows: windows as unknown as Windows,
    settings: { get: () => ({ notifications: true }) as never },
    badge: { set: (_source, count) => void badges.push(count), attachTo() {} },
    log() {},
  });
  const report = (text: string, path: string) =>
    notifications.showNews({ kind: 'answer', about: 'A chat', text, path } satisfies News);
  const bodies = () => shown.map(one => one.body);
  return { ...notifications, report, opened, badges, flashes, focus: () => focus(), bodies };
}

it('opens the chat of a notification at a click, and closes all when the user comes back', () => {
  const { report, focus, opened, badges, bodies } = open();
  report('one', '/default/chats/1');
  report('two', '/default/chats/2');
  expect([bodies(), badges]).toEqual([
    ['one', 'two'],
    [1, 2],
  ]);
  shown[1]?.emit('click');
  expect(opened).toEqual(['/default/chats/2']);
  focus();
  expect([bodies(), badges]).toEqual([[], [1, 2, 0]]);
});

it('closes the notifications of what was deleted', () => {
  const { report, forgetNews, badges, bodies } = open();
  report('one', '/default/chats/1');
  report('two', '/default/chats/12');
  report('three', '/b/work');
  forgetNews('/default/chats/1');
  expect([bodies(), badges.at(-1)]).toEqual([['two', 'three'], 2]);
  forgetNews('/b');
  expect([bodies(), badges.at(-1)]).toEqual([['two'], 1]);
  forgetNews('/default/chats/unknown');
  expect(badges).toEqual([1, 2, 3, 2, 1]);
  forgetNews('/');
  expect([bodies(), badges.at(-1)]).toEqual([[], 0]);
  expect(() => forgetNews('https://a.example')).toThrow(TypeError);
});

it('counts unread news without notifications, too, and keeps the newest 20', () => {
  desktop.isSupported = false;
  const { report, focus, badges, bodies } = open();
  report('one', '/default/chats/1');
  desktop.isSupported = true;
  for (let count = 1; count <= 22; count++) report(String(count), '/default/chats/1');
  expect(badges.at(-1)).toBe(23);
  focus();
  expect([bodies(), badges.at(-1)]).toEqual([['1', '2'], 0]);
});

it('flashes in the taskbar until the user comes back, bounces in the Dock, and is urgent only for a question', () => {
  const { report, showNews, focus, flashes } = open({ isVisible: true });
  report('one', '/default/chats/1');
  showNews({ kind: 'question', about: '', text: 'Run it?', path: '/default/chats/1' });
  expect(shown.map(one => one.urgency)).toEqual(['normal', 'critical']);
  expect([desktop.bounces, flashes]).toEqual([2, [true, true]]);
  focus();
  expect(flashes.at(-1)).toBe(false);
  const hidden = open();
  hidden.report('two', '/default/chats/1');
  expect(hidden.flashes).toEqual([]);
});
