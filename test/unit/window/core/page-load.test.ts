import { expect, it } from 'vitest';
import { PageStart, QUIET_MS } from '../../../../desktop/window/core/page-load';

/** A page that has asked for itself and then for two things. */
function started(): PageStart {
  const start = new PageStart();
  start.begin();
  start.ask(1, 0);
  start.end(1, 'answered', 10);
  start.ask(2, 20);
  start.ask(3, 20);
  return start;
}

it('lacks nothing when all was answered', () => {
  const start = started();
  start.end(3, 'answered', 30);
  start.end(2, 'answered', 9_000);
  expect(start.lacks).toBe(false);
});

it('lacks what broke off, however late', () => {
  const start = started();
  start.end(3, 'answered', 30);
  expect(start.lacks).toBe(false);
  start.end(2, 'broken', 9_000);
  expect(start.lacks).toBe(true);
});

it('lacks what it asked for before it had been quiet for long enough', () => {
  const start = started();
  start.end(2, 'answered', 30);
  start.end(3, 'answered', 40);
  start.ask(4, 39 + QUIET_MS);
  start.end(4, 'broken', 40 + QUIET_MS);
  expect(start.lacks).toBe(true);
});

it('is over when the page has been quiet for exactly long enough', () => {
  const start = started();
  start.end(2, 'answered', 30);
  start.end(3, 'answered', 40);
  start.ask(4, 40 + QUIET_MS);
  start.end(4, 'broken', 41 + QUIET_MS);
  expect(start.lacks).toBe(false);
});

it('is not over while an answer is still to come', () => {
  const start = started();
  start.end(3, 'answered', 30);
  start.ask(4, 30 + QUIET_MS);
  start.end(4, 'broken', 40 + QUIET_MS);
  expect(start.lacks).toBe(true);
});

it('lacks nothing before the first page, and counts what is asked for then', () => {
  const start = new PageStart();
  expect(start.lacks).toBe(false);
  start.ask(1, 0);
  start.end(1, 'broken', 10);
  expect(start.lacks).toBe(true);
});

it('waits with a page that asks now and then whether its server has started', () => {
  const start = started();
  for (const id of [2, 3, 4, 5]) {
    start.ask(id, id * QUIET_MS);
    start.end(id, 'refused', id * QUIET_MS + 10);
  }
  start.ask(6, 9 * QUIET_MS);
  start.end(6, 'broken', 9 * QUIET_MS);
  expect(start.lacks).toBe(true);
});

it('does not look at what is asked for once the page has been quiet', () => {
  const start = started();
  start.end(2, 'answered', 30);
  start.end(3, 'answered', 40);
  for (const id of [4, 5]) {
    start.ask(id, 40 + id * QUIET_MS);
    start.end(id, 'broken', 50 + id * QUIET_MS);
  }
  expect(start.lacks).toBe(false);
});

it('forgets with the page what it lacked, and what is still told of its requests', () => {
  const start = started();
  start.end(2, 'broken', 30);
  start.begin();
  expect(start.lacks).toBe(false);
  start.end(3, 'broken', 40);
  expect(start.lacks).toBe(false);
});
