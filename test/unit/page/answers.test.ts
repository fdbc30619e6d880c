/** Answers that are stopped or replayed after a lost connection (answers.js), with a socket of the test. */

import { expect, it } from 'vitest';
import { createStore, runPageScripts, type Store, storageOf } from '../../drivers/page-script';

interface Message {
  id: string;
  content: string;
}
interface State {
  activeChatId: string | null;
  isLoading: boolean;
  chats: { id: string }[];
  messages: Record<string, Message[]>;
  addMessage(chat: string, message: Message): void;
}
type Frame = { type: string; payload: { chatId?: string; frames?: Frame[]; lost?: boolean } };

interface Functions {
  openAnswers(store: object, artifacts: object, socket: object): void;
  handleFrames(show: (frame: Frame) => void): void;
  ask(content: string, options: { chatId: string }): object;
  sendInChat(content: string, options: { chatId: string }): void;
  stopAnswer(chat: string): void;
  stopAnswers(chats?: string[]): void;
  sendWaiting(): void;
}

function createChats() {
  const store: Store<State> = createStore<State>({
    activeChatId: '1',
    isLoading: false,
    chats: [{ id: '1' }, { id: '2' }],
    messages: {},
    addMessage: (chat, message) =>
      store.setState(({ messages }) => ({ messages: { ...messages, [chat]: [...(messages[chat] ?? []), message] } })),
  });
  return store;
}

/** A page with two chats, whose first is shown. `sent` are the frames that it has sent, `shown` those that it shows. */
function loadPage(storage = new Map<string, string>()) {
  const cachibotDesktop = {} as Functions;
  let ids = 0;
  const context = {
    window: { cachibotDesktop },
    localStorage: storageOf(storage),
    crypto: { randomUUID: () => `id-${ids++}` },
  };
  runPageScripts(['answers.js'], context);
  const [sent, shown]: [string[], string[]] = [[], []];
  let [receive, connected]: [(frame: Frame) => void, () => void] = [() => {}, () => {}];
  const socket = {
    isConnected: false,
    send(type: string, payload: { chatId?: string; chats?: { chatId: string }[] }) {
      if (socket.isConnected) sent.push(`${type} ${payload.chatId ?? payload.chats?.map(({ chatId }) => chatId)}`);
    },
    sendChat: (text: string, { chatId }: { chatId: string }) => socket.send('chat', { chatId: `${chatId}: ${text}` }),
    onMessage: (act: typeof receive) => {
      receive = act;
    },
    onConnect: (act: () => void) => {
      connected = act;
    },
  };
  const chats = createChats();
  const artifacts = { getState: () => ({}), setState: () => {} };
  cachibotDesktop.openAnswers(chats, artifacts, socket);
  cachibotDesktop.handleFrames(({ type }) => void shown.push(`${chats.getState().activeChatId}: ${type}`));
  return {
    ...cachibotDesktop,
    chats,
    sent,
    shown,
    receive: (frame: Frame) => receive(frame),
    isLoading: () => chats.getState().isLoading,
    show: (chat: string) => chats.setState({ activeChatId: chat }),
    connect() {
      socket.isConnected = true;
      connected();
    },
    disconnect() {
      socket.isConnected = false;
    },
    /** Sets the function that sends the queued messages (send_later.js). */
    setSendWaiting(act: () => void) {
      cachibotDesktop.sendWaiting = act;
    },
  };
}

const replayOf = (chatId: string, lost = false): Frame => ({
  type: 'answer_replay',
  payload: { chatId, lost, frames: [{ type: 'done', payload: { chatId } }] },
});

it('asks for the answers that it waits for, and shows them in their chats', () => {
  const storage = new Map<string, string>();
  loadPage(storage).ask('A question', { chatId: '2' });
  const page = loadPage(storage);
  page.connect();
  expect(page.sent).toEqual(['resume 2']);
  page.receive(replayOf('2'));
  expect(page.shown).toEqual(['2: done']);
  expect(page.chats.getState().activeChatId).toBe('1');
});

it('shows the whole answer if it ends while the page connects', () => {
  const page = loadPage();
  page.ask('A question', { chatId: '2' });
  page.connect();
  page.receive({ type: 'done', payload: { chatId: '2' } });
  expect(page.shown).toEqual([]);
  page.receive(replayOf('2'));
  page.receive({ type: 'message', payload: { chatId: '2' } });
  expect(page.shown).toEqual(['2: done', '2: message']);
});

it('stops an answer at once when it is connected', () => {
  const page = loadPage();
  page.connect();
  page.ask('A question', { chatId: '1' });
  page.stopAnswer('1');
  expect(page.sent).toEqual(['cancel 1']);
});

it.each(['the same page', 'the next page'])('stops an answer when %s is connected', which => {
  const storage = new Map<string, string>();
  const first = loadPage(storage);
  first.ask('A question', { chatId: '1' });
  first.stopAnswer('1');
  first.stopAnswer('1');
  const page = which === 'the same page' ? first : loadPage(storage);
  page.connect();
  page.disconnect();
  page.connect();
  expect(page.sent).toEqual(['cancel 1', 'resume 1', 'resume 1']);
});

it('unlocks a chat whose answer was stopped without a connection', () => {
  const page = loadPage();
  page.ask('A question', { chatId: '1' });
  page.show('2');
  page.show('1');
  expect(page.isLoading()).toBe(true);
  page.stopAnswer('1');
  page.show('2');
  page.show('1');
  expect(page.isLoading()).toBe(false);
});

it('stops the answer of a chat that is deleted while the server is away', () => {
  const page = loadPage();
  page.ask('A question', { chatId: '1' });
  page.stopAnswers(['1', '2']);
  page.connect();
  expect(page.sent).toEqual(['cancel 1']);
});

it('sends a queued message in place of the unfinished answer in its chat', () => {
  const page = loadPage();
  page.ask('An old question', { chatId: '1' });
  page.ask('Another chat', { chatId: '2' });
  page.stopAnswer('1');
  page.setSendWaiting(() => page.sendInChat('A new question', { chatId: '1' }));
  page.connect();
  expect(page.sent).toEqual(['chat 1: A new question', 'resume 2']);
  page.receive(replayOf('1'));
  expect(page.shown, 'of the old question').toEqual([]);
});

it.each([false, true])('ignores the replay of an earlier question (lost: %s)', async lost => {
  const page = loadPage();
  page.ask('The same words', { chatId: '1' });
  page.connect();
  page.ask('The same words', { chatId: '1' });
  page.receive(replayOf('1', lost));
  await new Promise(resolve => setImmediate(resolve));
  expect(page.shown).toEqual([]);
});

it('sends a message in a chat that is not shown', () => {
  const page = loadPage();
  page.connect();
  page.sendInChat('A question', { chatId: '2' });
  expect(page.sent).toEqual(['chat 2: A question']);
  expect(page.isLoading(), 'the chat that is shown is not locked').toBe(false);
  expect(page.chats.getState().messages).toMatchObject({ '2': [{ content: 'A question', role: 'user' }] });
  page.show('2');
  expect(page.isLoading()).toBe(true);
});
