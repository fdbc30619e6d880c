// @ts-check
// Fills the page of a new profile with the bots and chats of the database, once. A patch of the page calls it.

{
  /** `waiting`: this profile has never been filled; `done`: it has, or was in use before. */
  const STATE = 'cachibot-desktop:filled';
  /** The cookie that the app sets (desktop/security/session.ts). */
  const RESTORED = 'cachibot-desktop-restored=1';
  const RETRY_MS = 1000;
  const MOST_RETRY_MS = 60_000;
  /** Most messages of a chat, and characters of all messages: the page's storage has room for 5 million characters. */
  const MOST_MESSAGES = 2000;
  const MOST_CHARACTERS = 2_000_000;
  /** Titles that are replaced: the page names a chat after its first message. */
  const NO_TITLES = ['Chat', 'New Chat'];
  const TITLE_CHARACTERS = 50;

  // Before the page's own scripts create their stores, which are saved at once.
  if (localStorage.getItem(STATE) === null) {
    const isUsed = ['cachibot-chats', 'cachibot-bots'].some(name => localStorage.getItem(name) !== null);
    localStorage.setItem(STATE, isUsed ? 'done' : 'waiting');
  }
  // The app has restored an older copy of the storage, so the database has newer bots and chats.
  if (document.cookie.includes(RESTORED)) {
    localStorage.setItem(STATE, 'waiting');
    // biome-ignore lint/suspicious/noDocumentCookie: the other interface is asynchronous
    document.cookie = `${RESTORED}; Max-Age=0; Path=/`;
  }

  /** @typedef {{ id: string, role: string, content: string, timestamp: string, metadata?: any, replyToId?: string }} Message */
  /** @typedef {{ getState(): any, setState(change: (state: any) => object): void }} Store */

  class NotLoggedIn extends Error {}

  /** @param {string} path */
  async function ask(path) {
    const { state } = JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}');
    if (!state?.accessToken) throw new NotLoggedIn();
    const response = await fetch(`/api${path}`, { headers: { Authorization: `Bearer ${state.accessToken}` } });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.json();
  }

  /**
   * Another account's bot keeps the level "admin", which the page shows, and so *Delete Everything* does not delete it
   * (deletion.js).
   * @param {{ bot: any, isOwn: boolean }} visible a bot of the server
   * @param {any} like a bot of the page
   */
  function pageBot({ bot: { access_level: level, ...bot }, isOwn }, like) {
    const tools = Object.keys(bot.capabilities ?? {}).filter(name => bot.capabilities[name]);
    return {
      ...bot,
      ...(isOwn && level === 'admin' ? {} : { access_level: level }),
      description: bot.description ?? '',
      icon: bot.icon ?? 'bot',
      color: bot.color ?? '#6366f1',
      tools: tools.length > 0 ? tools : (like?.tools ?? []),
    };
  }

  /** @param {any} chat of the server @param {Message[]} messages */
  function pageChat(chat, messages) {
    const { platform, platformChatId, archived, ...rest } = chat;
    const first = messages.find(({ role }) => role === 'user')?.content ?? '';
    const named = `${first.slice(0, TITLE_CHARACTERS)}${first.length > TITLE_CHARACTERS ? '...' : ''}`;
    return {
      ...rest,
      title: (NO_TITLES.includes(chat.title) && named) || chat.title,
      messageCount: messages.length,
      ...(platform ? { platform, platformChatId } : {}),
      ...(archived ? { archived } : {}),
    };
  }

  /** @param {Message[]} messages */
  const pageMessages = messages =>
    messages.map(({ metadata, replyToId, ...message }) => ({
      ...message,
      metadata: metadata ?? {},
      ...(metadata?.toolCalls ? { toolCalls: metadata.toolCalls } : {}),
      ...(replyToId ? { replyToId } : {}),
    }));

  /** Keeps the newest messages that have room. @param {Message[]} messages @param {{ left: number }} room */
  function withinRoom(messages, room) {
    let first = messages.length;
    for (const message of messages.toReversed()) {
      const { length } = JSON.stringify(message);
      if (length > room.left) break;
      room.left -= length;
      first--;
    }
    return messages.slice(first);
  }

  /** Reads the bots and chats of the database. @param {any[]} known bots of the page */
  async function read(known) {
    /** @type {readonly { bot: any, isOwn: boolean }[]} */
    const bots = (await window.cachibotDesktop.visibleBots?.(ask, known)) ?? [];
    /** @type {any[]} */
    const chats = [];
    for (const { bot } of bots) chats.push(...(await ask(`/bots/${encodeURIComponent(bot.id)}/chats`)));
    chats.sort((one, other) => Date.parse(other.updatedAt) - Date.parse(one.updatedAt));
    const room = { left: MOST_CHARACTERS };
    /** @type {Record<string, object[]>} */
    const messages = {};
    const listed = [];
    for (const chat of chats) {
      const path = `/bots/${encodeURIComponent(chat.botId)}/chats/${encodeURIComponent(chat.id)}/messages`;
      const found = await ask(`${path}?limit=${MOST_MESSAGES}`);
      messages[chat.id] = withinRoom(pageMessages(found), room);
      listed.push(pageChat(chat, found));
    }
    // A bot without a prompt is a row that the desktop app has inserted for its messages.
    const named = bots.filter(({ bot }) => bot.systemPrompt || !known.some(({ id }) => id === bot.id));
    return { bots: named.map(visible => pageBot(visible, known[0])), chats: listed, messages };
  }

  /**
   * Adds what the page does not have, newer messages included. Changes that the user makes meanwhile stay.
   * @param {Store} bots
   * @param {Store} chats
   * @param {Store} rail the bar at the edge of the window
   */
  async function fill(bots, chats, rail) {
    const found = await read(bots.getState().bots);
    const ids = new Set(found.bots.map((/** @type {any} */ bot) => bot.id));
    bots.setState(state => ({
      bots: [...state.bots.filter((/** @type {any} */ bot) => !ids.has(bot.id)), ...found.bots],
    }));
    for (const id of ids) rail.getState().ensureBotInRail(id);
    chats.setState(state => {
      const have = new Set(state.chats.map((/** @type {any} */ chat) => chat.id));
      const isNewer = (/** @type {any} */ chat) =>
        (found.messages[chat.id]?.length ?? 0) > (state.messages[chat.id]?.length ?? 0);
      const newer = new Map(found.chats.filter(isNewer).map(chat => [chat.id, chat]));
      const messages = Object.fromEntries([...newer.keys()].map(id => [id, found.messages[id]]));
      return {
        chats: [
          ...state.chats.map((/** @type {any} */ chat) => newer.get(chat.id) ?? chat),
          ...found.chats.filter(chat => !have.has(chat.id)),
        ],
        messages: { ...found.messages, ...state.messages, ...messages },
      };
    });
  }

  /** Fills the page's stores when the user is logged in. @param {() => [Store, Store, Store]} stores */
  async function startFilling(stores) {
    for (let pauseMs = RETRY_MS; localStorage.getItem(STATE) === 'waiting'; ) {
      await new Promise(resolve => setTimeout(resolve, pauseMs));
      try {
        await fill(...stores());
        localStorage.setItem(STATE, 'done');
      } catch (error) {
        // Nobody is logged in, the server is away, or a chat cannot be read.
        if (!(error instanceof NotLoggedIn)) {
          console.warn('The page could not be filled from the database:', error);
          pauseMs = Math.min(2 * pauseMs, MOST_RETRY_MS);
        }
      }
    }
  }

  Object.assign(window.cachibotDesktop, { startFilling, readApi: ask });
}
