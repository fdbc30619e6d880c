/** Files that the page has exported, and others (import_data.js), with stores of the test. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';

const SCRIPT = readFileSync(join(__dirname, '../../../desktop/cachibot_desktop/patches/page/import_data.js'), 'utf8');
const NOW = '2026-01-01T00:00:00Z';

type State = Record<string, unknown[] | Record<string, unknown>>;

function openStore(state: State) {
  return {
    getState: () => ({ ...state, addBot: (bot: object) => (state.bots as object[]).push(bot) }),
    setState: (change: (state: State) => State) => void Object.assign(state, change(state)),
  };
}

/** Imports a file with these stores. Returns what the page has then. */
async function importing(stores: { bots?: unknown[]; chats?: unknown[]; messages?: object; tasks?: unknown[] }) {
  const { bots = [], chats = [], messages = {}, tasks = [] } = stores;
  const store = (state: object) => JSON.stringify({ state, version: 1 });
  const file = {
    exportedAt: NOW,
    ...{ bots: store({ bots }), chats: store({ chats, messages }), tasks: store({ tasks }) },
  };
  const said: string[] = [];
  const words = { imported: '{bots} {chats} {tasks}', notAnExport: 'not an export' };
  const cachibotDesktop = {
    ...{ words, inform: (text: string) => said.push(text), complain: (text: string) => said.push(text) },
    importData: (_stores: object[]) => {},
  };
  let choose = () => {};
  const input = {
    addEventListener: (_name: string, listener: () => void) => {
      choose = listener;
    },
    ...{ click: () => choose(), files: [{ name: 'export.json', text: async () => JSON.stringify(file) }] },
  };
  const page = createContext({ window: { cachibotDesktop }, document: { createElement: () => input } });
  runInContext(SCRIPT, page);
  const states = [{ bots: [] }, { chats: [], messages: {} }, { tasks: [] }] as [State, State, State];
  cachibotDesktop.importData(states.map(openStore));
  await expect.poll(() => said.length).toBe(1);
  return JSON.parse(JSON.stringify({ said, bots: states[0].bots, ...states[1], tasks: states[2].tasks }));
}

const BOT = { id: 'b', name: 'Bot', description: 'x', tools: ['t'], models: { default: 'm' }, createdAt: NOW };
const CHAT = { id: 'c', botId: 'b', title: 'Chat', createdAt: NOW, updatedAt: NOW, messageCount: 1, lastMessage: 'hi' };
const CALL = { id: 't-1', tool: 'file_read', args: { path: 'a' }, result: 'text', success: true, startTime: 1 };
const MESSAGE = {
  id: 'm',
  role: 'assistant',
  content: 'hi',
  timestamp: NOW,
  toolCalls: [CALL],
  metadata: { tokens: 1 },
};
const TASK = { id: 't', botId: 'b', title: 'Task', status: 'todo', priority: 'low', tags: ['x'], createdAt: NOW };

it('adds what the page has exported as it is', async () => {
  const page = await importing({ bots: [BOT], chats: [CHAT], messages: { c: [MESSAGE] }, tasks: [TASK] });
  const all = { bots: [BOT], chats: [CHAT], messages: { c: [MESSAGE] }, tasks: [TASK] };
  expect(page).toEqual({ said: ['1 1 1'], ...all });
});

it('leaves out members that would break the page', async () => {
  const page = await importing({
    bots: [{ ...BOT, description: {}, models: { default: {} }, access_level: 'admin', toString: 'x' }],
    chats: [{ ...CHAT, lastMessage: { a: 1 }, messageCount: 'many', pinned: 1 }],
    messages: {
      c: [
        { ...MESSAGE, toolCalls: {}, metadata: { tokens: {} } },
        { ...MESSAGE, toolCalls: [null] },
      ],
    },
    tasks: [{ ...TASK, tags: 'x', priority: {}, dueDate: 'never' }],
  });
  const { toolCalls: _calls, metadata: _metadata, ...plain } = MESSAGE;
  const { lastMessage: _last, ...chat } = CHAT;
  expect(page.bots).toEqual([{ id: 'b', name: 'Bot', tools: ['t'], createdAt: NOW }]);
  expect(page.chats).toEqual([{ ...chat, messageCount: 0 }]);
  expect(page.messages).toEqual({ c: [plain, { ...plain, metadata: { tokens: 1 } }] });
  expect(page.tasks).toEqual([{ ...TASK, tags: [], priority: 'medium' }]);
});

it.each(['x/../y', '', '__proto__', 'a'.repeat(65), 'a b', 1])('leaves out an item with the ID %j', async id => {
  const page = await importing({
    bots: [{ ...BOT, id }],
    chats: [{ ...CHAT, id }],
    tasks: [
      { ...TASK, id },
      { ...TASK, botId: id },
    ],
  });
  expect(page.said).toEqual(['0 0 0']);
});

it.each(['', 'yesterday', 7])('leaves out a chat with the date %j', async updatedAt => {
  expect((await importing({ chats: [{ ...CHAT, updatedAt }] })).chats).toEqual([]);
});
