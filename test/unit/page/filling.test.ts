/** The page is filled from the database (filling.js), with a server and stores of the test. */

import { expect, it } from 'vitest';
import { createStore, runPageScripts, type Store, storageOf } from '../../drivers/page-script';

const STATE = 'cachibot-desktop:filled';

type Chat = { id: string; botId: string; title: string; updatedAt: string };
type Messages = Record<string, string[]>;

const chat = (id: string, updatedAt: string, botId = 'default'): Chat => ({ id, botId, title: id, updatedAt });
const messagesOf = (texts: string[]) => texts.map(content => ({ id: content, role: 'user', content, timestamp: '' }));

interface Bot {
  id: string;
  access_level?: string;
}
interface Page {
  chats: Chat[];
  messages: Messages;
}
/** The bots that the account may see, each with a chat of the same name, if there are several; the number of accounts. */
interface Server {
  bots: Bot[];
  accounts: number;
}
const ALONE = { bots: [{ id: 'default' }], accounts: 1 };

/** Loads the scripts into a page, lets them fill it, and returns the bots, the chats, their messages and the cookies. */
async function fill(page: Page, database: Messages, state: string, cookie: string, server: Server = ALONE) {
  const storage = new Map([
    [STATE, state],
    ['cachibot-auth', '{"state":{"accessToken":"x"}}'],
  ]);
  const document = { cookie };
  const fetched = (path: string) => {
    if (path.endsWith('/bots')) return server.bots.map(bot => ({ ...bot, systemPrompt: 'x' }));
    if (path.includes('/users')) return { total: server.accounts };
    const [, bot = '', id] = /bots\/(\w+)\/chats(?:\/(\w+)\/messages)?/.exec(path) ?? [];
    if (id !== undefined) return messagesOf(database[id] ?? []);
    return (server === ALONE ? Object.keys(database) : [bot]).map(id => chat(id, 'later', bot));
  };
  const window = { cachibotDesktop: {} as { startFilling(stores: () => Store<object>[]): Promise<void> } };
  runPageScripts(['deletion.js', 'filling.js'], {
    window,
    document,
    localStorage: storageOf(storage),
    setTimeout: setImmediate,
    fetch: async (path: string) => ({ ok: true, json: async () => fetched(path) }),
  });
  const messages = Object.fromEntries(Object.entries(page.messages).map(([id, texts]) => [id, messagesOf(texts)]));
  const chats = createStore({ chats: page.chats, messages });
  const rail = createStore({ ensureBotInRail: () => {} });
  const bots = createStore<{ bots: Bot[] }>({ bots: [{ id: 'default' }] });
  await window.cachibotDesktop.startFilling(() => [bots, chats, rail]);
  const after = chats.getState();
  const texts = Object.entries(after.messages).map(([id, list]) => [id, list.map(({ content }) => content)]);
  return {
    bots: bots.getState().bots.map(({ id, access_level: level }) => (level === undefined ? id : `${id} ${level}`)),
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

it.each([
  ['one account', 1, ['default', 'other']],
  ['several accounts', 2, ['default', 'other admin']],
])('shows an administrator of %s all bots and their chats', async (_what, accounts, names) => {
  const levels = ['default', 'other'].map(id => ({ id, access_level: 'admin' }));
  const page = { chats: [], messages: {} };
  const { bots, chats } = await fill(page, { other: ['1'] }, 'waiting', '', { bots: levels, accounts });
  expect(bots).toEqual(names);
  expect(chats).toEqual(['default later', 'other later']);
});

it('shows bots that other users share with the account', async () => {
  const levels = ['owner', 'viewer'].map(level => ({ id: level, access_level: level }));
  const page = { chats: [], messages: {} };
  const { bots, chats } = await fill(page, { viewer: ['1'] }, 'waiting', '', { bots: levels, accounts: 2 });
  expect(bots).toEqual(['default', 'owner owner', 'viewer viewer']);
  expect(chats).toEqual(['owner later', 'viewer later']);
});
