/** Messages that wait for the connection (send_later.js), and drafts (drafts.js), with a React of the test. */

import { expect, it } from 'vitest';
import words from '../../../desktop/cachibot_desktop/patches/page/words.json';
import { createStore, runPageScripts, type Store, storageOf } from '../../drivers/page-script';

interface Box {
  value: string;
  type(text: string): void;
  /** Sends the text in the box, as the page does without a connection. */
  send(): void;
  /** The line below the box. */
  line(): string;
}

interface Functions {
  useDraft(react: object, place: string): [string, (text: string) => void];
  useSendLater(
    react: object,
    isConnected: boolean,
    place: string,
    text: string,
  ): { send(content: string, options: object): void; text: string };
  openSendLater(login: object, bots: object, chats: object): void;
  sendWaiting(): void;
  withdrawMessages(matches: (place: string) => boolean): void;
  holdMessage(upload: (place: string) => Promise<boolean>): Promise<void>;
  addToMessage(add: () => void): void;
  addToWaiting(place: string, change: (text: string) => string): boolean;
  forgetDraft(id: string): void;
}

/** The storage of the origin, and that of the window. */
const createStorage = () => ({ local: new Map<string, string>(), session: new Map<string, string>() });

/** A message that the page fails to send. */
const REFUSED = 'refused';
const ADA = { id: 'ada', role: 'admin' };
const BOB = { id: 'bob', role: 'user' };

/** A page with two chats of the bot `b`. `sent` are its messages, with their chats. */
function loadPage(storage = createStorage(), user: object | null = ADA) {
  let isConnected = false;
  const errors: string[] = [];
  const sent: string[] = [];
  const opened: string[] = [];
  const cachibotDesktop = {
    words,
    isConnected: () => isConnected,
    sendInChat(content: string, { chatId }: { chatId: string }) {
      if (content === REFUSED) throw new Error('refused');
      sent.push(`${chatId}: ${content}`);
    },
    goTo: (path: string) => void opened.push(path),
  };
  const context = {
    window: { cachibotDesktop },
    localStorage: storageOf(storage.local),
    sessionStorage: storageOf(storage.session),
    crypto: { randomUUID: () => 'new' },
    console: { error: (text: string) => errors.push(text) },
    setTimeout: () => 0,
    clearTimeout: () => {},
  };
  runPageScripts(['drafts.js', 'send_later.js'], context);
  const functions = cachibotDesktop as unknown as Functions;
  const login = createStore<Record<string, unknown>>({ user });
  const bots = createStore<Record<string, unknown>>({ bots: [{ id: 'b', access_level: 'operator' }] });
  const chats: Store<Record<string, unknown>> = createStore<Record<string, unknown>>({
    chats: [{ id: '1' }, { id: '2' }],
    replyToMessage: null,
    addChat: (chat: { id: string }) => chats.setState({ chats: [chat, ...(chats.getState()['chats'] as object[])] }),
    setActiveChat: (id: string) => chats.setState({ activeChatId: id }),
    setReplyTo: (message: object | null) => chats.setState({ replyToMessage: message }),
  });
  functions.openSendLater(login, bots, chats);

  /** Shows the message box of a chat, or of a new one. The effects of a component run at once. */
  function open(chatId: string | undefined): Box & { close(): void } {
    const { user: owner } = login.getState() as { user: { id: string } };
    const place = `${owner.id} ${chatId ? `chat ${chatId}` : 'bot b'}`;
    const leave: (() => void)[] = [];
    const react = {
      useSyncExternalStore: (_subscribe: unknown, read: () => unknown) => read(),
      useRef: (current: unknown) => ({ current }),
      useCallback: (act: unknown) => act,
      useState: (value: unknown) => [value, () => {}],
      useEffect: (act: () => (() => void) | undefined) => void leave.push(act() ?? (() => {})),
    };
    const text = () => functions.useDraft(react, place)[0];
    const hook = () => functions.useSendLater(react, isConnected, place, text());
    hook();
    return {
      get value() {
        return text();
      },
      type: words => functions.useDraft(react, place)[1](words),
      send: () => hook().send(text().trim(), { botId: 'b', chatId }),
      line: () => hook().text,
      close: () => {
        for (const act of leave) act();
      },
    };
  }

  function connect() {
    isConnected = true;
    functions.sendWaiting();
  }
  return { ...functions, open, connect, sent, opened, errors, login, bots, chats };
}

type LoadedPage = ReturnType<typeof loadPage>;

function sendLater(page: LoadedPage, chat: string | undefined, text: string) {
  const box = page.open(chat);
  box.type(text);
  box.send();
  return box;
}

it('sends a message once, when the page is connected', () => {
  const page = loadPage();
  const box = sendLater(page, '1', 'a thought');
  expect(box.line()).toBe(words.sentLater);
  expect(page.sent).toEqual([]);
  page.connect();
  page.connect();
  expect(page.sent).toEqual(['1: a thought']);
  expect(box.value).toBe('');
});

it('sends a message that was sent in the moment of the connection', () => {
  const page = loadPage();
  page.connect();
  sendLater(page, '1', 'a thought');
  expect(page.sent).toEqual(['1: a thought']);
});

it('sends the messages of all chats, in their order, wherever the user is', () => {
  const page = loadPage();
  for (const [chat, text] of [
    ['2', 'first'],
    ['1', 'second'],
    [undefined, 'third'],
  ] as const) {
    sendLater(page, chat, text).close();
  }
  page.connect();
  expect(page.sent).toEqual(['2: first', '1: second', 'new: third']);
  expect(page.opened, 'another page stays').toEqual([]);
});

it('opens the chat that the message begins, if its message box is shown', () => {
  const page = loadPage();
  sendLater(page, undefined, 'x'.repeat(60));
  page.connect();
  expect(page.opened).toEqual(['/b/chats/new']);
  expect(page.chats.getState()).toMatchObject({
    activeChatId: 'new',
    chats: [{ id: 'new', botId: 'b', title: `${'x'.repeat(50)}...` }, {}, {}],
  });
});

it('sends a message after a reload, and not after a restart', () => {
  const storage = createStorage();
  sendLater(loadPage(storage), '1', 'a thought');
  const restarted = loadPage({ ...storage, session: new Map() });
  restarted.connect();
  expect(restarted.sent).toEqual([]);
  expect(restarted.open('1').value).toBe('a thought');
  const reloaded = loadPage(storage);
  reloaded.connect();
  expect(reloaded.sent).toEqual(['1: a thought']);
});

it.each<[string, (page: LoadedPage, box: Box) => void, string]>([
  ['its text was changed', (_page, box) => box.type('another thought'), 'another thought'],
  [
    'its user may only read the chat now',
    ({ bots }) => bots.setState({ bots: [{ id: 'b', access_level: 'viewer' }] }),
    'a thought',
  ],
  ['the bot is gone', ({ bots }) => bots.setState({ bots: [] }), 'a thought'],
  ['the chat is gone', ({ chats }) => chats.setState({ chats: [] }), 'a thought'],
  ['the chat was deleted', ({ forgetDraft }) => forgetDraft('chat 1'), ''],
  ['the log-in was refused', ({ withdrawMessages }) => withdrawMessages(() => true), 'a thought'],
])('sends nothing if %s', (_why, act, draft) => {
  const page = loadPage(createStorage(), BOB);
  const box = sendLater(page, '1', 'a thought');
  act(page, box);
  page.connect();
  expect(page.sent).toEqual([]);
  expect(box.value).toBe(draft);
  expect(box.line()).not.toBe(words.sentLater);
});

it('sends no message of another user, nor shows it', () => {
  const storage = createStorage();
  const page = loadPage(storage, BOB);
  sendLater(page, '1', 'a secret');
  page.login.setState({ user: null });
  page.login.setState({ user: ADA });
  expect(page.open('1').value).toBe('');
  page.login.setState({ user: BOB });
  page.connect();
  expect(page.sent, 'not after a log-out either').toEqual([]);

  // Another page of the window, in which nobody saw the log-out.
  sendLater(loadPage(storage, BOB), '1', 'a secret').close();
  const next = loadPage(storage);
  next.connect();
  expect(next.sent).toEqual([]);
  expect(next.open('1').value).toBe('');
  next.login.setState({ user: BOB });
  next.connect();
  expect(next.sent, 'not by itself later').toEqual([]);
  expect(next.open('1').value).toBe('a secret');
});

it.each([
  ['1', true, ['1: Look\n\nAttached: a.txt']],
  ['2', true, ['1: Look\n\nAttached: a.txt']],
  ['1', false, []],
])(
  'sends a message with the file that is still on its way (chat %s is shown, attached: %s)',
  async (shown, attached, sent) => {
    const page = loadPage();
    const box = page.open('1');
    box.type('Look');
    let arrive = () => {};
    const arrived = new Promise<void>(resolve => {
      arrive = resolve;
    });
    const uploaded = page.holdMessage(async place => {
      await arrived;
      const withLine = (text: string) => `${text}\n\nAttached: a.txt`;
      if (attached && shown === '1') page.addToMessage(() => box.type(withLine(box.value)));
      else if (attached) page.addToWaiting(place, withLine);
      return attached;
    });
    box.send();
    if (shown !== '1') {
      box.close();
      page.open(shown);
    }
    page.connect();
    expect(page.sent).toEqual([]);
    arrive();
    await uploaded;
    expect(page.sent).toEqual(sent);
    expect(box.value).toBe(attached ? '' : 'Look');
  },
);

it('sends the messages of other chats although an upload does not end, or fails', async () => {
  const page = loadPage();
  page.open('1');
  void page.holdMessage(() => new Promise(() => {}));
  sendLater(page, '2', 'a thought');
  page.connect();
  expect(page.sent).toEqual(['2: a thought']);
  page.open('1');
  await expect(page.holdMessage(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
});

it('keeps a message that cannot be sent as a draft, and sends the others', () => {
  const page = loadPage();
  const box = sendLater(page, '1', REFUSED);
  sendLater(page, '2', 'a thought');
  page.connect();
  expect(page.sent).toEqual(['2: a thought']);
  expect(box.value).toBe(REFUSED);
  expect(page.errors).toHaveLength(1);
});

it.each(['{"user":"x","place":"chat 1","text":"old"}', '[', 'null'])(
  'ignores a queue that it cannot read: %s',
  saved => {
    const storage = createStorage();
    storage.session.set('cachibot-desktop:send-later', saved);
    const page = loadPage(storage);
    page.connect();
    expect(page.sent).toEqual([]);
  },
);

it('closes the reply to a message when it sends the reply', () => {
  const page = loadPage();
  page.chats.setState({ replyToMessage: { id: 'm' } });
  const box = page.open('1');
  box.type('Yes');
  const react = { useSyncExternalStore: () => false, useState: () => [], useEffect: () => {} };
  page.useSendLater(react, false, 'ada chat 1', 'Yes').send('Yes', { botId: 'b', chatId: '1', replyToId: 'm' });
  page.connect();
  expect(page.chats.getState()['replyToMessage']).toBe(null);
});

it('forgets the drafts of what is deleted, of all users, and no others', () => {
  const storage = createStorage();
  for (const user of [ADA, BOB]) {
    const page = loadPage(storage, user);
    for (const chat of ['1', '2']) page.open(chat).type(`in ${chat}`);
  }
  loadPage(storage).forgetDraft('chat 1');
  expect(JSON.parse(storage.local.get('cachibot-desktop:drafts') ?? '')).toEqual({
    'ada chat 2': 'in 2',
    'bob chat 2': 'in 2',
  });
});
