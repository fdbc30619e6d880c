import { expect, it } from 'vitest';
import { PageLoad, QUIET_MS } from '../../../../desktop/window/core/page-load';

/** A page that has loaded its document and then sent two requests. */
function loadedPage(): PageLoad {
  const load = new PageLoad();
  load.navigationStarted();
  load.requestStarted(1, 0);
  load.requestEnded(1, 'responded', 10);
  load.requestStarted(2, 20);
  load.requestStarted(3, 20);
  return load;
}

it('is complete when all initial requests got a response', () => {
  const load = loadedPage();
  load.requestEnded(3, 'responded', 30);
  load.requestEnded(2, 'responded', 9_000);
  expect(load.isIncomplete).toBe(false);
});

it('is incomplete when an initial request fails, however late', () => {
  const load = loadedPage();
  load.requestEnded(3, 'responded', 30);
  expect(load.isIncomplete).toBe(false);
  load.requestEnded(2, 'failed', 9_000);
  expect(load.isIncomplete).toBe(true);
});

it('counts a request as initial before the page has been quiet for long enough', () => {
  const load = loadedPage();
  load.requestEnded(2, 'responded', 30);
  load.requestEnded(3, 'responded', 40);
  load.requestStarted(4, 39 + QUIET_MS);
  load.requestEnded(4, 'failed', 40 + QUIET_MS);
  expect(load.isIncomplete).toBe(true);
});

it('does not count a request as initial after the page has been quiet for exactly long enough', () => {
  const load = loadedPage();
  load.requestEnded(2, 'responded', 30);
  load.requestEnded(3, 'responded', 40);
  load.requestStarted(4, 40 + QUIET_MS);
  load.requestEnded(4, 'failed', 41 + QUIET_MS);
  expect(load.isIncomplete).toBe(false);
});

it('counts a request as initial while another one is pending', () => {
  const load = loadedPage();
  load.requestEnded(3, 'responded', 30);
  load.requestStarted(4, 30 + QUIET_MS);
  load.requestEnded(4, 'failed', 40 + QUIET_MS);
  expect(load.isIncomplete).toBe(true);
});

it('is complete before the first navigation, and counts requests sent before it', () => {
  const load = new PageLoad();
  expect(load.isIncomplete).toBe(false);
  load.requestStarted(1, 0);
  load.requestEnded(1, 'failed', 10);
  expect(load.isIncomplete).toBe(true);
});

it('counts requests as initial while the page polls a server that is still starting', () => {
  const load = loadedPage();
  for (const id of [2, 3, 4, 5]) {
    load.requestStarted(id, id * QUIET_MS);
    load.requestEnded(id, 'unavailable', id * QUIET_MS + 10);
  }
  load.requestStarted(6, 9 * QUIET_MS);
  load.requestEnded(6, 'failed', 9 * QUIET_MS);
  expect(load.isIncomplete).toBe(true);
});

it('ignores requests after the page has been quiet', () => {
  const load = loadedPage();
  load.requestEnded(2, 'responded', 30);
  load.requestEnded(3, 'responded', 40);
  for (const id of [4, 5]) {
    load.requestStarted(id, 40 + id * QUIET_MS);
    load.requestEnded(id, 'failed', 50 + id * QUIET_MS);
  }
  expect(load.isIncomplete).toBe(false);
});

it('forgets the requests of the previous page when another one is loaded', () => {
  const load = loadedPage();
  load.requestEnded(2, 'failed', 30);
  load.navigationStarted();
  expect(load.isIncomplete).toBe(false);
  load.requestEnded(3, 'failed', 40);
  expect(load.isIncomplete).toBe(false);
});
