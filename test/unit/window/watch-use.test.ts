import { EventEmitter } from 'node:events';
import type { BrowserWindow } from 'electron';
import { expect, it } from 'vitest';
import { watchUse } from '../../../desktop/window/watch-use';

class FakeWindow extends EventEmitter {
  readonly webContents = new EventEmitter();
}

it.each(['show', 'restore', 'focus'])('a window is used at its event %s', event => {
  const window = new FakeWindow();
  let uses = 0;
  watchUse(window as unknown as BrowserWindow, () => uses++);
  window.emit(event);
  window.emit('blur');
  expect(uses).toBe(1);
});

it('a window is used when its page gets an input of the user', () => {
  const window = new FakeWindow();
  let uses = 0;
  watchUse(window as unknown as BrowserWindow, () => uses++);
  window.webContents.emit('input-event', {}, { type: 'keyDown' });
  expect(uses).toBe(1);
});
