/** Messages of a room that are only in the page's storage (error_card.js). */

import { expect, it } from 'vitest';
import { createStore, runPageScripts, storageOf } from '../../drivers/page-script';

interface Message {
  id: string;
  senderId: string;
  content: string;
  timestamp: string;
  metadata?: { card?: object };
}

const message = (id: string, senderId: string, content: string, second: number, card?: object): Message => ({
  id,
  senderId,
  content,
  timestamp: `2026-01-01T00:00:0${second}Z`,
  ...(card ? { metadata: { card } } : {}),
});

/** Loads the script in a page whose room `r` has these messages and bots. `reload` ends the page, and loads the next. */
function loadPage(messages: Message[], botStates: Record<string, string>, stored = new Map<string, string>()) {
  const leave: (() => void)[] = [];
  const words = { actions: {} };
  const cachibotDesktop = { words } as unknown as {
    showRoom(room: object): void;
    keepRoomCard(room: string, message: Message): void;
    withRoomCards(room: string, messages: Message[]): Message[];
  };
  const document = { createElement: () => ({}), head: { append: () => {} } };
  const context = {
    window: { cachibotDesktop },
    localStorage: storageOf(stored),
    document,
    HTMLElement: class {},
    customElements: { define: () => {} },
    addEventListener: (event: string, act: () => void) => event === 'pagehide' && leave.push(act),
  };
  runPageScripts(['error_card.js'], context);
  const store = createStore({ messages: { r: messages }, botStates: { r: botStates } });
  cachibotDesktop.showRoom({ roomId: 'r', store });
  return {
    ...cachibotDesktop,
    reload: () => {
      for (const act of leave) act();
      return loadPage([], {}, stored);
    },
  };
}

const asked = message('1', 'user', 'Why?', 1);
const begun = message('2', 'one', 'So f', 2);
const card = message('3', 'one', 'interrupted', 3, { begun: '2' });

it('keeps what a bot that answers has said, over a reload', () => {
  const page = loadPage([asked, begun], { one: 'responding', two: 'thinking' }).reload();
  expect(page.withRoomCards('r', [asked])).toEqual([asked, begun]);
  page.keepRoomCard('r', card);
  expect(page.withRoomCards('r', [asked])).toEqual([asked, begun, card]);
  const whole = { ...begun, content: 'So far' };
  expect(page.withRoomCards('r', [asked, whole]), 'the database has all of it').toEqual([asked, whole, card]);
});

it('keeps a message once, and none of a bot that does not answer', () => {
  const page = loadPage([asked, begun], { one: 'idle' }).reload();
  expect(page.withRoomCards('r', [asked])).toEqual([asked]);
  const next = loadPage([asked, begun], { one: 'responding' });
  next.keepRoomCard('r', card);
  expect(next.reload().withRoomCards('r', [asked])).toEqual([asked, begun, card]);
});
