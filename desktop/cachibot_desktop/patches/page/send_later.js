// @ts-check
// Queues messages that the user sends without a connection, and sends them when the page connects. send_later.py patches
// the message box to use it.

{
  const { words } = window.cachibotDesktop;
  const DOT = 'chat-status-bar__dot';
  /** Key of the queue in the storage of this window: a reload keeps the messages, a restart makes them drafts. */
  const QUEUE = 'cachibot-desktop:send-later';
  /** A start that takes longer is slow. */
  const SLOW_MS = 8_000;
  /** As in CachiBot's page. */
  const TITLE_CHARACTERS = 50;
  const CAN_SEND = ['operator', 'editor', 'owner', 'admin'];

  /**
   * `text`: the draft, which stays in the message box; `content` and `options`: as the page sends them.
   * @typedef {{ text: string, content: string, options: any }} Message
   * @typedef {{ getState(): any, subscribe(see: (now: any, before: any) => void): void }} Store one of the page's
   */

  /** Messages that wait, by place (drafts.js), in the order of sending. @type {Record<string, Message>} */
  let queue = readQueue();
  /** @type {{ login: Store, bots: Store, chats: Store }} */
  let stores;
  /** Place of the message box that is on the screen. @type {string | undefined} */
  let shown;
  /** The page has been connected since it was loaded. */
  let wasConnected = false;
  /** The place of each upload, whose file may still be added to the message there. @type {(string | undefined)[]} */
  const uploads = [];
  let isAdding = false;
  /** Render the line below the message box. @type {Set<() => void>} */
  const renderers = new Set();

  /** @returns {Record<string, Message>} */
  function readQueue() {
    try {
      const found = Object.entries(JSON.parse(sessionStorage.getItem(QUEUE) ?? '{}'));
      return Object.fromEntries(found.filter(([, message]) => message?.content && message.options));
    } catch {
      return {}; // damaged: those messages are drafts
    }
  }

  /** @param {Record<string, Message>} messages */
  function save(messages) {
    queue = messages;
    sessionStorage.setItem(QUEUE, JSON.stringify(messages));
    for (const render of renderers) render();
  }

  /** Removes the messages of these places from the queue. Their drafts stay. @param {(place: string) => boolean} matches */
  function dequeue(matches) {
    save(Object.fromEntries(Object.entries(queue).filter(([place]) => !matches(place))));
  }

  /** Whether the user may send this, as the message box decides it. @param {string} place @param {any} options */
  function canSend(place, { botId, chatId }) {
    const { user } = stores.login.getState();
    if (!place.startsWith(`${user?.id} `)) return false;
    const bot = stores.bots.getState().bots.find((/** @type {any} */ { id }) => id === botId);
    const exists = !chatId || stores.chats.getState().chats.some((/** @type {any} */ { id }) => id === chatId);
    return bot !== undefined && exists && (user.role === 'admin' || CAN_SEND.includes(bot.access_level));
  }

  /** Begins a chat as the message box does, and shows it if its message box is shown. @returns {string} its ID */
  function beginChat(/** @type {string} */ botId, /** @type {string} */ content, /** @type {boolean} */ isShown) {
    const id = crypto.randomUUID();
    const title = `${content.slice(0, TITLE_CHARACTERS)}${content.length > TITLE_CHARACTERS ? '...' : ''}`;
    const createdAt = new Date().toISOString();
    const { addChat, setActiveChat } = stores.chats.getState();
    addChat({ id, botId, title, createdAt, updatedAt: createdAt, messageCount: 0 });
    if (!isShown) return id;
    setActiveChat(id);
    window.cachibotDesktop.goTo?.(`/${botId}/chats/${id}`);
    return id;
  }

  /** @param {string} place @param {Message} message */
  function send(place, { content, options }) {
    dequeue(other => other === place);
    if (!canSend(place, options)) return;
    const chatId = options.chatId ?? beginChat(options.botId, content, place === shown);
    const { replyToMessage, setReplyTo } = stores.chats.getState();
    if (replyToMessage && replyToMessage.id === options.replyToId) setReplyTo(null);
    window.cachibotDesktop.sendInChat?.(content, { ...options, chatId });
    window.cachibotDesktop.keepDraft?.(place, '');
  }

  /** Sends the queued messages, wherever the user is, when the page is connected, but none whose file is on its way. */
  function sendWaiting() {
    if (!window.cachibotDesktop.isConnected?.()) return;
    for (const [place, message] of Object.entries(queue)) {
      if (uploads.includes(place)) continue;
      try {
        send(place, message);
      } catch (error) {
        console.error('A message that waited could not be sent. It is a draft.', error);
      }
    }
  }

  /** A changed text has to be sent again, unless a file was added to it. @param {string} place @param {string} text */
  function draftChanged(place, text) {
    const message = queue[place];
    if (message === undefined || message.text === text) return;
    if (isAdding) save({ ...queue, [place]: { ...message, text, content: text.trim() } });
    else dequeue(other => other === place);
  }

  /**
   * Lets the message of the message box that is shown wait for an upload. Without all of its files it is a draft.
   * @param {(place: string | undefined) => Promise<boolean>} upload whether all files were attached
   */
  async function holdMessage(upload) {
    const place = shown;
    uploads.push(place);
    let isComplete = false;
    try {
      isComplete = await upload(place);
    } finally {
      uploads.splice(uploads.indexOf(place), 1);
      if (!isComplete) dequeue(other => other === place);
      sendWaiting();
    }
  }

  /** Adds to the text in the message box; a message that waits is sent with it. @param {() => void} add */
  function addToMessage(add) {
    isAdding = true;
    try {
      add();
    } finally {
      isAdding = false;
    }
  }

  /**
   * Changes the text of a message that waits while its message box is not shown.
   * @param {string | undefined} place
   * @param {(text: string) => string} change
   * @returns {boolean} whether a message waits there
   */
  function addToWaiting(place, change) {
    const message = place === undefined ? undefined : queue[place];
    if (place === undefined || message === undefined) return false;
    addToMessage(() => window.cachibotDesktop.keepDraft?.(place, change(message.text)));
    return true;
  }

  const subscribe = (/** @type {() => void} */ render) => {
    renderers.add(render);
    return () => renderers.delete(render);
  };

  /**
   * A hook for the form of a message box, which is at `place` and contains `text`.
   * @param {any} react
   * @param {boolean} isConnected
   * @param {string} place
   * @param {string} text
   */
  function useSendLater(react, isConnected, place, text) {
    const isWaiting = react.useSyncExternalStore(subscribe, () => place in queue);
    const [isSlow, setSlow] = react.useState(false);
    wasConnected ||= isConnected;
    react.useEffect(() => {
      shown = place;
      return () => {
        shown = undefined;
      };
    }, [place]);
    react.useEffect(() => {
      if (isConnected) return;
      const timer = setTimeout(() => setSlow(true), SLOW_MS);
      return () => clearTimeout(timer);
    }, [isConnected]);
    const connecting = isSlow ? words.stillStarting : words.connecting;
    return {
      /** Sends a message later, in place of the page's function. @param {string} content @param {any} options */
      send: (content, options) => {
        save({ ...queue, [place]: { text, content, options } });
        sendWaiting(); // the page may be connected by now
      },
      /** A text for the connection's state, while there is none. */
      text: isWaiting ? words.sentLater : wasConnected ? words.notConnected : connecting,
      /** Class of the dot before that text. */
      dot: wasConnected ? `${DOT}--disconnected` : `${DOT}--connecting`,
    };
  }

  /** Messages of a user who logs out are drafts. @param {Store} login @param {Store} bots @param {Store} chats */
  function openSendLater(login, bots, chats) {
    stores = { login, bots, chats };
    login.subscribe((now, before) => {
      if (now.user?.id !== before.user?.id) dequeue(() => true);
    });
  }

  Object.assign(window.cachibotDesktop, {
    openSendLater,
    useSendLater,
    sendWaiting,
    /** Turns the waiting messages of these places back into drafts. */
    withdrawMessages: dequeue,
    draftChanged,
    holdMessage,
    addToMessage,
    addToWaiting,
  });
}
