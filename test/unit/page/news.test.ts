/** The news that the page reports to the shell, and where a click on them leads (news.js). */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';

const SCRIPT = readFileSync(join(__dirname, '../../../desktop/cachibot_desktop/patches/page/news.js'), 'utf8');

interface Items {
  bots?: { id: string }[];
  chats?: { id: string; botId: string; title?: string }[];
  messages?: Record<string, { role: string; content: string }[]>;
}

function createStore(items: Items) {
  const listeners: ((now: Items, before: Items) => void)[] = [];
  let state = items;
  return {
    getState: () => state,
    subscribe: (listener: (now: Items, before: Items) => void) => void listeners.push(listener),
    set(items: Items) {
      const before = state;
      state = { ...state, ...items };
      for (const listener of listeners) listener(state, before);
    },
  };
}

/** A page with two bots and three chats. `click` clicks a notification; `opened` are the addresses that it led to. */
function openPage() {
  const [opened, forgotten, reported]: [string[], string[], object[]] = [[], [], []];
  let click: (path: string) => void = () => {};
  const cachibotDesktop = {
    goTo: (path: string) => void opened.push(path),
    followNews(_bots: object, _chats: object) {},
    reportFrame(_chats: object, _frame: object) {},
    reportAnswer(_chats: object, _chat: string) {},
  };
  const electronAPI = {
    onOpen: (listener: typeof click) => {
      click = listener;
    },
    forgetNews: (path: string) => void forgotten.push(path),
    reportNews: (news: object) => void reported.push(news),
  };
  runInContext(SCRIPT, createContext({ window: { cachibotDesktop, electronAPI } }));
  const bots = createStore({ bots: [{ id: 'default' }, { id: 'b/1' }] });
  const chats = createStore({
    chats: [
      { id: 'c1', botId: 'default', title: 'Holidays' },
      { id: 'c2', botId: 'default' },
      { id: 'c/3', botId: 'b/1' },
    ],
    messages: { c1: [{ role: 'assistant', content: '# Plan\nIn **June**.' }], c2: [{ role: 'user', content: 'Hi' }] },
  });
  cachibotDesktop.followNews(bots, chats);
  const { reportFrame, reportAnswer } = cachibotDesktop;
  const frame = (type: string, payload: object) => reportFrame(chats, { type, payload });
  const answer = (chat: string) => reportAnswer(chats, chat);
  return { bots, chats, opened, forgotten, reported, frame, answer, click: (path: string) => click(path) };
}

it.each([
  ['/default/chats/c1', '/default/chats/c1'],
  ['/b%2F1/chats/c%2F3', '/b%2F1/chats/c%2F3'],
  ['/b%2F1/work', '/b%2F1/work'],
  ['/default/chats', '/default/chats'],
  ['/default/chats/gone', '/default/chats'],
  ['/gone/chats/c1', '/'],
  ['/gone/work', '/'],
])('a click on news about %s leads to %s', (path, place) => {
  const { opened, click } = openPage();
  click(path);
  expect(opened).toEqual([place]);
});

it('forgets the news of a chat or bot that is deleted, and of no other', () => {
  const { bots, chats, forgotten } = openPage();
  chats.set({});
  chats.set({ chats: [{ id: 'new', botId: 'default' }, ...(chats.getState().chats ?? [])] });
  expect(forgotten).toEqual([]);
  chats.set({ chats: chats.getState().chats?.filter(({ id }) => id !== 'c/3') ?? [] });
  expect(forgotten).toEqual(['/b%2F1/chats/c%2F3']);
  bots.set({ bots: [{ id: 'default' }] });
  expect(forgotten.slice(1)).toEqual(['/b%2F1']);
});

it('reports an answer with the title of its chat, as plain text', () => {
  const { answer, reported } = openPage();
  for (const chat of ['c1', 'c2', 'gone']) answer(chat);
  expect(reported).toEqual([{ kind: 'answer', path: '/default/chats/c1', about: 'Holidays', text: 'Plan In June.' }]);
});

it.each([
  ['**Herring**, _cod_ and `flounder`.', 'Herring, cod and flounder.'],
  ['> a quote\n- one\n* two\n## Title', 'a quote one two Title'],
  ['<b>bold</b> text', 'bold text'],
  ['**bold _and italic_**, ***both***, (*one*)', 'bold and italic, both, (one)'],
  ['`__main__` and ```js\nf(*a)\n``` and `a`s', '__main__ and js f(*a) and as'],
  ['__init__.py *args **kwargs', '__init__.py *args **kwargs'],
  ['def __init__(self, *, _name):', 'def __init__(self, *, _name):'],
  ['*.txt and `', '*.txt and `'],
  ['\n  - one\n\n\t- two', 'one two'],
  ['python_execute, 2*3, 2 * 3, C#, a < b, b > a', 'python_execute, 2*3, 2 * 3, C#, a < b, b > a'],
])('reports %j as %j', (content, text) => {
  const { chats, answer, reported } = openPage();
  chats.set({ messages: { c1: [{ role: 'assistant', content }] } });
  answer('c1');
  expect(reported).toMatchObject([{ text }]);
});

it.each(['\n', ' ', '`', '*', '_', '*_', '*a ', '_a*a', '<a', '# ', '> '])(
  'reports an endless run of %j at once',
  run => {
    const { chats, answer, reported } = openPage();
    chats.set({ messages: { c1: [{ role: 'assistant', content: `a\n${run.repeat(40_000)}` }] } });
    const start = performance.now();
    answer('c1');
    expect(performance.now() - start).toBeLessThan(300);
    expect(reported).toHaveLength(1);
  },
);

it('reports messages of platforms, requests for permission and the end of jobs', () => {
  const { frame, reported } = openPage();
  const message = { botId: 'default', chatId: 'c2', platform: 'telegram', content: 'Hi' };
  frame('platform_message', { ...message, role: 'user' });
  frame('platform_message', { ...message, role: 'assistant' });
  frame('approval_needed', { chatId: 'c1', action: 'python_execute' });
  frame('approval_needed', { chatId: 'gone', action: 'python_execute' });
  for (const [status, error] of [['success'], ['failed', 'no `disk`'], ['cancelled']] as const) {
    frame('execution_start', { executionLogId: status, sourceName: 'Weekly', botId: 'b/1' });
    frame('execution_end', { executionLogId: status, status, error });
    frame('execution_end', { executionLogId: status, status, error });
  }
  expect(reported).toEqual([
    { kind: 'message', path: '/default/chats/c2', about: 'telegram', text: 'Hi' },
    { kind: 'question', path: '/default/chats/c1', about: 'Holidays', text: 'python_execute' },
    { kind: 'job', path: '/b%2F1/work', about: 'Weekly', text: '' },
    { kind: 'failed-job', path: '/b%2F1/work', about: 'Weekly', text: 'no disk' },
  ]);
});
