import { expect, it } from 'vitest';
import { RetryAddress } from '../../../../desktop/window/core/page-retries';

const ROOM = 'http://127.0.0.1:5870/default/rooms/1';
const CHAT = 'http://127.0.0.1:5870/default/chats/1';
const REFUSED = -102;
const BLOCKED = -20;

/** The next address after failures of loads, each `[address, code, ms]`. */
function after(...failures: [string, number, number][]): string | undefined {
  const address = new RetryAddress();
  for (const failure of failures) address.failed(...failure);
  return address.value;
}

it('loads an address again while its server may be gone without the app knowing', () => {
  expect(new RetryAddress().value).toBeUndefined();
  expect(after([ROOM, BLOCKED, 0])).toBe(ROOM);
  expect(after([ROOM, BLOCKED, 0], [ROOM, BLOCKED, 1_900])).toBe(ROOM);
});

it('loads an address that keeps failing no more, unless it is shown and fails again later', () => {
  expect(after([ROOM, BLOCKED, 0], [ROOM, BLOCKED, 2_000])).toBeUndefined();
  expect(after([ROOM, BLOCKED, 0], [ROOM, BLOCKED, 2_000], [ROOM, BLOCKED, 2_100])).toBe(ROOM);
});

it('loads it again for as long as a server refuses connections', () => {
  expect(after([ROOM, BLOCKED, 0], [ROOM, REFUSED, 60_000])).toBe(ROOM);
});

it('knows the last address only', () => {
  expect(after([ROOM, BLOCKED, 0], [CHAT, BLOCKED, 5_000])).toBe(CHAT);
  const address = new RetryAddress();
  address.failed(ROOM, BLOCKED, 0);
  address.forget();
  expect(address.value).toBeUndefined();
});
