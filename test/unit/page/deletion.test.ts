/** Deletions in CachiBot's page (deletion.js), with a server and a storage of the test. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';

const SCRIPT = readFileSync(join(__dirname, '../../../desktop/cachibot_desktop/patches/page/deletion.js'), 'utf8');
const KEY = 'cachibot-desktop:deletions';

type Send = (path: string, init?: { method: string }) => Promise<unknown>;
interface Bot {
  id: string;
  access_level?: string;
}
interface Functions {
  startDeletions(send: Send): void;
  chatDeleted(chat: { id: string; botId: string } | undefined): void;
  botDeleted(id: string, chats: { setState(change: (state: object) => object): void }): void;
  visibleBots(send: Send, shown: readonly Bot[]): Promise<{ bot: Bot; isOwn: boolean }[]>;
  deleteEverything(send: Send, showError: (text: string) => void, shown: readonly Bot[]): Promise<boolean>;
}

/** Loads the script into a page with this storage. Waiting takes no time. `forgotten` are the drafts. */
function loadPage(storage: Record<string, string>, forgotten: string[] = []): Functions {
  const forgetDraft = (id: string) => void forgotten.push(id);
  const cachibotDesktop = { words: { notDeleted: 'not deleted' }, forgetDraft };
  const method = (value: unknown) => ({ value, configurable: true });
  const localStorage = Object.defineProperties(storage, {
    getItem: method((name: string) => storage[name] ?? null),
    setItem: method((name: string, text: string) => void Object.assign(storage, { [name]: text })),
    removeItem: method((name: string) => void Reflect.deleteProperty(storage, name)),
  });
  const page = createContext({ window: { cachibotDesktop }, localStorage, setTimeout: setImmediate, SyntaxError });
  runInContext(SCRIPT, page);
  return cachibotDesktop as unknown as Functions;
}

/** A server whose responses are these statuses, one after the other; the last one stays. 0: the server is away. */
function openServer(...statuses: number[]) {
  const requests: string[] = [];
  const send: Send = async (path, init) => {
    requests.push(`${init?.method ?? 'GET'} ${path}`);
    if (init === undefined) return [{ id: 'a' }];
    const status = statuses.length > 1 ? (statuses.shift() ?? 0) : (statuses[0] ?? 0);
    if (status === 204) return JSON.parse('');
    throw Object.assign(new TypeError('failed'), status === 0 ? {} : { status });
  };
  return { requests, send };
}

const settled = () => new Promise(resolve => setTimeout(resolve, 20));

it.each([
  ['deleted', [204], 1],
  ['not in the database', [404], 1],
  ['another user’s', [403], 1],
  ['deleted after the server was away', [0, 0, 204], 3],
  ['deleted after a failure', [500, 204], 2],
  ['deleted after the login was renewed', [401, 204], 2],
])('asks for a chat until it is %s', async (_what, statuses, times) => {
  const storage = {};
  const page = loadPage(storage);
  const { requests, send } = openServer(...statuses);
  page.startDeletions(send);
  page.chatDeleted({ id: 'c/1', botId: 'default' });
  await settled();
  expect(requests).toEqual(Array(times).fill('DELETE /bots/default/chats/c%2F1'));
  expect(storage).toEqual({});
});

it('continues in the next page', async () => {
  const storage: Record<string, string> = {};
  loadPage(storage).chatDeleted({ id: 'c', botId: 'b' });
  expect(storage).toEqual({ [KEY]: '["/bots/b/chats/c"]' });
  const { requests, send } = openServer(204);
  loadPage(storage).startDeletions(send);
  await settled();
  expect(requests).toEqual(['DELETE /bots/b/chats/c']);
  expect(storage).toEqual({});
});

it('deletes a bot, and its chats in the page', async () => {
  let state: object = {
    chats: [
      { id: 'c', botId: 'b' },
      { id: 'd', botId: 'e' },
    ],
    messages: { c: [], d: [] },
  };
  const forgotten: string[] = [];
  const page = loadPage({}, forgotten);
  const { requests, send } = openServer(204);
  page.startDeletions(send);
  page.botDeleted('b', {
    setState(change) {
      state = change(state);
    },
  });
  await settled();
  expect(state).toEqual({ chats: [{ id: 'd', botId: 'e' }], messages: { d: [] } });
  expect(requests).toEqual(['DELETE /bots/b']);
  expect(forgotten, 'drafts').toEqual(['chat c', 'bot b']);
});

it('forgets the draft of a chat', () => {
  const forgotten: string[] = [];
  loadPage({}, forgotten).chatDeleted({ id: 'c', botId: 'b' });
  expect(forgotten).toEqual(['chat c']);
});

const FULL = {
  'cachibot-auth': 'login',
  'cachibot-chats': '{}',
  'cachibot-rooms': '{}',
  'cachibot-desktop:drafts': '{}',
  'cachibot-desktop:waiting': '{}',
  [KEY]: '["/bots/b"]',
};

it('deletes everything in the database, then in the page', async () => {
  const storage = { ...FULL };
  const { requests, send } = openServer(204);
  expect(await loadPage(storage).deleteEverything(send, () => {}, [])).toBe(true);
  expect(requests).toEqual(['GET /bots', 'GET /rooms', 'DELETE /bots/a', 'DELETE /rooms/a']);
  expect(storage).toEqual({ 'cachibot-auth': 'login' });
});

it('says that it could not delete everything, and keeps it', async () => {
  const storage = { ...FULL };
  const errors: string[] = [];
  expect(await loadPage(storage).deleteEverything(openServer(0).send, text => errors.push(text), [])).toBe(false);
  expect(errors).toEqual(['not deleted']);
  expect(storage).toEqual(FULL);
});

/** Returns the ids of the bots that are the user's own. */
async function ownBots(send: Send, shown: readonly Bot[]): Promise<string[]> {
  const bots = await loadPage({}).visibleBots(send, shown);
  return bots.filter(({ isOwn }) => isOwn).map(({ bot }) => bot.id);
}

it.each([
  ['one account', 1, ['shown', 'added', 'other']],
  ['several accounts', 2, ['shown']],
])('an administrator of %s', async (_what, total, own) => {
  const send: Send = async path =>
    path === '/bots' ? ['shown', 'added', 'other'].map(id => ({ id, access_level: 'admin' })) : { total };
  // The page was filled with another account's bot.
  const shown = [{ id: 'shown' }, { id: 'added', access_level: 'admin' }];
  expect(await ownBots(send, shown)).toEqual(own);
  expect(await loadPage({}).visibleBots(send, shown)).toHaveLength(3);
});

it('another user’s bots are not the user’s own', async () => {
  const send: Send = async () => ['owner', 'viewer', 'editor'].map(level => ({ id: level, access_level: level }));
  expect(await ownBots(send, [{ id: 'viewer' }])).toEqual(['owner']);
});

it('a deletion that fails does not delay the others', async () => {
  const storage: Record<string, string> = {};
  const page = loadPage(storage);
  const requests: string[] = [];
  page.startDeletions(async path => {
    requests.push(path);
    if (path.endsWith('/bad')) throw Object.assign(new TypeError('failed'), { status: 500 });
    throw new SyntaxError('an empty response');
  });
  page.chatDeleted({ id: 'bad', botId: 'b' });
  page.chatDeleted({ id: 'good', botId: 'b' });
  await expect.poll(() => storage[KEY]).toBe('["/bots/b/chats/bad"]');
  expect(requests).toContain('/bots/b/chats/good');
});
