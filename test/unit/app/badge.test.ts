/** The badge, with windows that record what is put on their taskbar buttons. */

import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { BrowserWindow } from 'electron';
import { beforeEach, expect, it, vi } from 'vitest';
import { createBadge } from '../../../desktop/app/badge';

/** The numbers on the app's icon. */
const numbers: number[] = vi.hoisted(() => []);

vi.mock('electron', () => ({
  app: { setBadgeCount: (count: number) => numbers.push(count) > 0 },
  nativeImage: { createFromPath: (path: string) => (path === join('/app', 'badge-16.png') ? 'dot' : path) },
}));

beforeEach(() => void numbers.splice(0));

class FakeWindow extends EventEmitter {
  /** The pictures on the window's taskbar button, oldest first. */
  overlays: (string | null)[] = [];
  descriptions: string[] = [];
  closed = false;

  isDestroyed(): boolean {
    return this.closed;
  }

  setOverlayIcon(image: string | null, description: string): void {
    if (this.closed) throw new TypeError('Object has been destroyed');
    this.overlays.push(image);
    this.descriptions.push(description);
  }
}

function openWindow(badge: ReturnType<typeof createBadge>): FakeWindow {
  const window = new FakeWindow();
  badge.attachTo(window as unknown as BrowserWindow);
  window.emit('show');
  return window;
}

it('shows the sum of all numbers on the icon, and a dot on the taskbar button while there are any', () => {
  const badge = createBadge({ hasDot: true, pages: '/app' });
  const window = openWindow(badge);
  badge.set('news', 2, '2 unread');
  badge.set('update', 1, 'an update');
  badge.set('news', 0, '0 unread');
  badge.set('update', 0, '');
  expect(numbers).toEqual([2, 3, 1, 0]);
  expect(window.overlays).toEqual([null, 'dot', 'dot', 'dot', null]);
  expect(window.descriptions).toEqual(['', '2 unread', '2 unread, an update', 'an update', '']);
});

it('keeps the dot when the window is hidden and shown, and when it is opened again', () => {
  const badge = createBadge({ hasDot: true, pages: '/app' });
  const first = openWindow(badge);
  badge.set('news', 1, '1 unread');
  first.emit('hide');
  first.emit('show');
  expect(first.overlays).toEqual([null, 'dot', 'dot']);
  first.closed = true;
  badge.set('news', 2, '2 unread');
  const second = openWindow(badge);
  expect(second.overlays.at(-1)).toBe('dot');
  expect(second.descriptions.at(-1)).toBe('2 unread');
});

it('shows the dot on a window that was visible before', () => {
  const badge = createBadge({ hasDot: true, pages: '/app' });
  badge.set('news', 1, '1 unread');
  const window = new FakeWindow();
  badge.attachTo(window as unknown as BrowserWindow);
  expect(window.overlays).toEqual(['dot']);
});

it('has no dot where the icon has a number', () => {
  const badge = createBadge({ hasDot: false, pages: '/app' });
  const window = openWindow(badge);
  badge.set('news', 1, '1 unread');
  expect(numbers).toEqual([1]);
  expect(window.overlays).toEqual([]);
});
