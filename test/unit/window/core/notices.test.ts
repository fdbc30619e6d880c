import { expect, it } from 'vitest';
import { NoticeQueue } from '../../../../desktop/window/core/notices';
import { APP_UPDATED, GRAPHICS_OFF, PAGE_HANGS } from '../../../../desktop/window/core/page-notices';
import type { Overlay } from '../../../../desktop/window/core/screen';

/** A queue with these notices, and those whose `onShown` was called. */
function queueOf(...notices: readonly Overlay[]) {
  const queue = new NoticeQueue();
  const told: Overlay[] = [];
  for (const notice of notices) queue.add(notice, () => told.push(notice));
  return { queue, told };
}

it('shows one notice after the other, in the order they came', () => {
  const { queue } = queueOf(GRAPHICS_OFF, APP_UPDATED);
  for (const notice of [GRAPHICS_OFF, APP_UPDATED]) {
    expect(queue.first).toBe(notice);
    queue.shown(notice);
    queue.dismiss();
  }
  expect(queue.first).toBeUndefined();
  queue.dismiss();
  expect(queue.first).toBeUndefined();
});

it('shows a notice once that is added while it waits, and again when it is added later', () => {
  const { queue } = queueOf(PAGE_HANGS, GRAPHICS_OFF, PAGE_HANGS);
  for (const notice of [PAGE_HANGS, GRAPHICS_OFF]) {
    queue.shown(notice);
    queue.dismiss();
  }
  expect(queue.first).toBeUndefined();
  queue.add(PAGE_HANGS);
  expect(queue.first).toBe(PAGE_HANGS);
});

it('calls onShown once, when the user can see the notice', () => {
  const { queue, told } = queueOf(GRAPHICS_OFF, APP_UPDATED);
  expect(told).toEqual([]);
  queue.shown(APP_UPDATED);
  expect(told, 'another overlay').toEqual([]);
  queue.shown(GRAPHICS_OFF);
  queue.shown(GRAPHICS_OFF);
  expect(told).toEqual([GRAPHICS_OFF]);
  queue.dismiss();
  queue.shown(APP_UPDATED);
  expect(told).toEqual([GRAPHICS_OFF, APP_UPDATED]);
});

it('does not need onShown', () => {
  const { queue } = queueOf();
  queue.add(APP_UPDATED);
  expect(() => queue.shown(APP_UPDATED)).not.toThrow();
  queue.dismiss();
  expect(() => queue.shown(APP_UPDATED), 'empty').not.toThrow();
});

it('does not dismiss a notice that the user has not seen', () => {
  const { queue } = queueOf(GRAPHICS_OFF, APP_UPDATED);
  queue.dismiss();
  expect(queue.first).toBe(GRAPHICS_OFF);
  queue.shown(GRAPHICS_OFF);
  queue.remove(GRAPHICS_OFF); // it no longer applies while the user clicks
  queue.dismiss();
  expect(queue.first).toBe(APP_UPDATED);
});

it('removes notices wherever they wait', () => {
  const { queue } = queueOf(PAGE_HANGS, GRAPHICS_OFF, APP_UPDATED);
  queue.remove(PAGE_HANGS, APP_UPDATED);
  expect(queue.first).toBe(GRAPHICS_OFF);
  queue.shown(GRAPHICS_OFF);
  queue.dismiss();
  expect(queue.first).toBeUndefined();
});
