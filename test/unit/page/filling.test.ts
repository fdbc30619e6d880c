/** The page is filled from the database (filling.js), with a server and stores of the test. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';

const SCRIPTS = ['deletion.js', 'filling.js'].map(name =>
  readFileSync(join(__dirname, '../../../desktop/cachibot_desktop/patches/page', name), 'utf8'),
);
const STATE = 'cachibot-desktop:filled';

type Chat = { id: string; botId: string; title: string; updatedAt: string };
type Messages = Record<string, string[]>;
interface Store<State> {
  getState(): State;
  setState(change: (state: State) => object): void;
}

function openStore<State extends object>(state: State): Store<State> {
  return { getState: () => state, setState: change => void Object.assign(state, change(state)) };
}

const chat = (id: string, updatedAt: string): Chat => ({ id, botId: 'default', title: id, updatedAt });
const messagesOf = (texts: string[]) => texts.map(content => ({ id: content, role: 'user', content, timestamp: '' }));

/** Loads the script into a page, lets it fill the page, and returns the chats, their messages and the cookies. */
async function fill(page: { chats: Chat[]; messages: Messages }, database: Messages, state: string, cookie: string) {
  const storage = new Map([
    [STATE, state],
    ['cachibot-auth', '{"state":{"accessToken":"x"}}'],
  ]);
  const document = { cookie };
  const fetched = (path: string) => {
    if (path.endsWith('/bots')) return [{ id: 'default' }];
    const [, id] = /chats\/(\w+)\/messages/.exec(path) ?? [];
    return id === undefined ? Object.keys(database).map(id => chat(id, 'later')) : messagesOf(database[id] ?? []);
  };
  const window = { cachibotDesktop: {} as { startFilling(stores: () => Store<object>[]): Promise<void> } };
  const context = createContext({
    window,
    document,
    localStorage: {
      getItem: (name: string) => storage.get(name) ?? null,
      setItem: (name: string, text: string) => storage.set(name, text),
    },
    setTimeout: setImmediate,
    fetch: async (path: string) => ({ ok: true, json: async () => fetched(path) }),
  });
  for (const script of SCRIPTS) runInContext(script, context);
  const messages = Object.fromEntries(Object.entries(page.messages).map(([id, texts]) => [id, messagesOf(texts)]));
  const chats = openStore({ chats: page.chats, messages });
  const rail = openStore({ ensureBotInRail: () => {} });
  await window.cachibotDesktop.startFilling(() => [openStore({ bots: [] }), chats, rail]);
  const after = chats.getState();
  const texts = Object.entries(after.messages).map(([id, list]) => [id, list.map(({ content }) => content)]);
  return {
    chats: after.chats.map(({ id, updatedAt }) => `${id} ${updatedAt}`),
    messages: Object.fromEntries(texts),
    document,
  };
}

const PAGE = { chats: [chat('a', 'before'), chat('b', 'before')], messages: { a: ['1'], b: ['1', '2'] } };
const DATABASE = { a: ['1', '2', '3'], b: ['1'], c: ['1'] };

it('adds newer messages and chats when the app has restored an older copy, once', async () => {
  const { chats, messages, document } = await fill(PAGE, DATABASE, 'done', 'cachibot-desktop-restored=1');
  expect(chats).toEqual(['a later', 'b before', 'c later']);
  expect(messages).toEqual({ a: ['1', '2', '3'], b: ['1', '2'], c: ['1'] });
  expect(document.cookie).toContain('Max-Age=0');
});

it('adds nothing to a profile that was filled before', async () => {
  const { chats } = await fill(PAGE, DATABASE, 'done', '');
  expect(chats).toEqual(['a before', 'b before']);
});
