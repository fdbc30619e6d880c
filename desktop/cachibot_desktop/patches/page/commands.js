// @ts-check
// Runs the commands of the app's menu and keys in CachiBot's page. app_menu.py patches the page to call it.

{
  /** @typedef {{ getState(): any }} Store */
  /** @typedef {{ label: string, note?: string, run(): void }} Entry */

  /** The addresses at which the user is not in CachiBot yet. */
  const BEFORE = /^\/(login|setup|consent|onboarding|upgrade|auth)(\/|$)/;

  /** Opens an address of the page, as its own links do. @param {string} path */
  function go(path) {
    const { idx = 0 } = history.state ?? {};
    history.pushState({ usr: null, key: crypto.randomUUID().slice(0, 8), idx: idx + 1 }, '', path);
    dispatchEvent(new PopStateEvent('popstate', { state: history.state }));
  }

  /** @param {{ id: string, botId: string }} chat */
  const pathOf = ({ id, botId }) => `/${botId}/chats/${id}`;

  /**
   * Returns the entries of the palette: the commands, then all chats, the newest first, then the bots.
   * @param {Store} bots
   * @param {Store} chats
   * @param {{ newChat(): void, sidebar(): void, openChat(chat: { id: string, botId: string }): void }} run
   * @returns {Entry[]}
   */
  function entries(bots, chats, { newChat, sidebar, openChat }) {
    const { palette } = window.cachibotDesktop.words;
    /** @type {any[]} */
    const known = bots.getState().bots;
    const nameOf = (/** @type {string} */ id) => known.find(bot => bot.id === id)?.name ?? '';
    const recent = [...chats.getState().chats].sort((one, other) => (one.updatedAt < other.updatedAt ? 1 : -1));
    const openBot = (/** @type {string} */ id) => {
      bots.getState().setActiveBot(id);
      go(`/${id}/chats`);
    };
    return [
      { label: palette.newChat, run: newChat },
      { label: palette.sidebar, run: sidebar },
      { label: palette.settings, run: () => go('/settings') },
      ...recent.map(chat => ({ label: chat.title, note: nameOf(chat.botId), run: () => openChat(chat) })),
      ...known.map(bot => ({ label: bot.name, note: palette.bot, run: () => openBot(bot.id) })),
    ];
  }

  /** @param {Store} ui @param {Store} bots @param {Store} chats */
  function runCommands(ui, bots, chats) {
    /** @param {{ id: string, botId: string }} chat */
    const openChat = chat => {
      bots.getState().setActiveBot(chat.botId);
      bots.getState().setActiveView('chats');
      chats.getState().setActiveChat(chat.id);
      go(pathOf(chat));
    };

    const newChat = () => {
      const { activeBotId, bots: all } = bots.getState();
      const botId = activeBotId ?? all[0]?.id;
      if (botId === undefined) return;
      const { chats: known, messages, activeChatId, addChat } = chats.getState();
      // A new chat without a message is as good as another one. The page makes the chat of its address the active one late.
      const isOpen = (/** @type {any} */ chat) => chat.id === activeChatId || location.pathname === pathOf(chat);
      const empty = known.find(
        (/** @type {any} */ chat) => isOpen(chat) && chat.botId === botId && !messages[chat.id]?.length,
      );
      if (empty) return openChat(empty);
      const now = new Date().toISOString();
      const chat = {
        id: crypto.randomUUID(),
        botId,
        title: 'New Chat',
        createdAt: now,
        updatedAt: now,
        messageCount: 0,
      };
      addChat(chat);
      openChat(chat);
    };

    const sidebar = () => ui.getState().toggleSidebar();

    /** @type {Record<string, () => void>} */
    const commands = {
      newChat,
      sidebar,
      palette: () => window.cachibotDesktop.togglePalette?.(entries(bots, chats, { newChat, sidebar, openChat })),
    };
    const api = /** @type {any} */ (window).electronAPI;
    api?.onCommand?.((/** @type {string} */ command) => {
      if (!BEFORE.test(location.pathname)) commands[command]?.();
    });
  }

  Object.assign(window.cachibotDesktop, { runCommands });
}
