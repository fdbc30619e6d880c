// @ts-check
// Deletes in the database, too, everything that the user deletes in the page. Patches of the page call it.

{
  const { words } = window.cachibotDesktop;

  /** Key of the paths that are still to be deleted: the server may be away for a while, and the page may close. */
  const WAITING = 'cachibot-desktop:deletions';
  const RETRY_MS = 5000;
  /** Stores of the page that stay when everything is deleted: the login, and how the page looks. */
  const KEPT = new Set(['cachibot-auth', 'cachibot-onboarding', 'cachibot-ui', 'cachibot-update']);

  /** Texts of the user that are not sent, questions that wait for an answer, and deletions. */
  const TEXTS = new Set([WAITING, 'cachibot-desktop:drafts', 'cachibot-desktop:waiting']);

  /** Sends a request to CachiBot's API. @typedef {(path: string, init?: { method: string }) => Promise<any>} Request */

  /** @type {Request | undefined} */
  let request;
  let running = false;

  /** @returns {string[]} */
  const waiting = () => JSON.parse(localStorage.getItem(WAITING) ?? '[]');
  const save = (/** @type {string[]} */ paths) =>
    paths.length > 0 ? localStorage.setItem(WAITING, JSON.stringify(paths)) : localStorage.removeItem(WAITING);

  /**
   * Deletes what is at a path. Returns false if the server is away, or accepts no login.
   * @param {Request} send
   * @param {string} path
   */
  async function deleteAt(send, path) {
    try {
      await send(path, { method: 'DELETE' });
    } catch (error) {
      // The page's function reads JSON from the empty response to a deletion.
      if (error instanceof SyntaxError) return true;
      const { status = 0 } = /** @type {{ status?: number }} */ (error);
      return status === 403 || status === 404; // another user's, or not in the database
    }
    return true;
  }

  async function deleteWaiting() {
    if (running || request === undefined) return;
    running = true;
    for (let [path] = waiting(); path !== undefined; [path] = waiting()) {
      const tried = path;
      const isDone = await deleteAt(request, tried);
      const others = waiting().filter(other => other !== tried);
      save(isDone ? others : [...others, tried]); // the others do not wait for it
      if (!isDone) await new Promise(resolve => setTimeout(resolve, RETRY_MS));
    }
    running = false;
  }

  /** @param {string} path */
  function deleteLater(path) {
    try {
      save([...waiting(), path]);
    } catch {
      // The storage is full, and a deletion makes room: it is sent once.
      if (request) void deleteAt(request, path);
    }
    void deleteWaiting();
  }

  /** Continues what the last page could not delete. @param {Request} send */
  function startDeletions(send) {
    request = send;
    setTimeout(deleteWaiting); // when the page's own stores exist
  }

  /** @param {{ id: string, botId: string } | undefined} chat */
  function chatDeleted(chat) {
    if (!chat) return;
    window.cachibotDesktop.stopAnswers?.([chat.id]);
    window.cachibotDesktop.forgetDraft?.(`chat ${chat.id}`);
    deleteLater(`/bots/${encodeURIComponent(chat.botId)}/chats/${encodeURIComponent(chat.id)}`);
  }

  /**
   * The server deletes the chats of the bot with it, the page does not.
   * @param {string} id
   * @param {{ setState: (change: (state: any) => object) => void }} chats the page's store
   */
  function botDeleted(id, chats) {
    chats.setState(({ chats, messages }) => {
      const others = chats.filter((/** @type {{ botId: string }} */ chat) => chat.botId !== id);
      const gone = new Set(chats.filter((/** @type {any} */ chat) => !others.includes(chat)).map(({ id = '' }) => id));
      window.cachibotDesktop.stopAnswers?.([...gone]);
      for (const chat of gone) window.cachibotDesktop.forgetDraft?.(`chat ${chat}`);
      return { chats: others, messages: Object.fromEntries(Object.entries(messages).filter(([id]) => !gone.has(id))) };
    });
    window.cachibotDesktop.forgetDraft?.(`bot ${id}`);
    window.cachibotDesktop.forgetReminders?.(id);
    deleteLater(`/bots/${encodeURIComponent(id)}`);
  }

  /**
   * Returns all bots that the account may see, and whether they are the user's own. An administrator gets those of all
   * accounts: if there are several, only bots that the page shows count as the user's own, unless they were added to the
   * page as another account's (filling.js).
   * @param {Request} send
   * @param {readonly { id: string, access_level?: string }[]} shown
   */
  async function visibleBots(send, shown) {
    /** @type {{ id: string, access_level?: string }[]} */
    const bots = await send('/bots');
    const isAdministrator = bots.some(({ access_level: level }) => level === 'admin');
    const isAlone = isAdministrator && (await send('/auth/users?limit=1')).total === 1;
    const made = new Set(shown.filter(bot => bot.access_level !== 'admin').map(({ id }) => id));
    return bots.map(bot => {
      const { id, access_level: level = 'owner' } = bot;
      return { bot, isOwn: level === 'owner' || (level === 'admin' && (isAlone || made.has(id))) };
    });
  }

  /**
   * Deletes all the user's bots and rooms with everything that belongs to them, first in the database, then in the page. Returns
   * false, and keeps what the page shows, if the server is away.
   * @param {Request} send
   * @param {(text: string) => void} showError
   * @param {readonly { id: string, access_level?: string }[]} shown bots that the page shows
   */
  async function deleteEverything(send, showError, shown) {
    window.cachibotDesktop.stopAnswers?.();
    try {
      const own = (await visibleBots(send, shown)).filter(({ isOwn }) => isOwn).map(({ bot }) => bot);
      for (const [kind, items] of Object.entries({ bots: own, rooms: await send('/rooms') })) {
        for (const { id } of items) {
          if (!(await deleteAt(send, `/${kind}/${encodeURIComponent(id)}`))) throw new Error('not deleted');
        }
      }
    } catch {
      showError(words.notDeleted);
      return false;
    }
    window.cachibotDesktop.forgetSaves?.();
    window.electronAPI?.forgetNews?.('/');
    window.cachibotDesktop.forgetReminders?.();
    for (const key of Object.keys(localStorage)) {
      if (TEXTS.has(key) || (/^cachibot-[a-z-]+$/.test(key) && !KEPT.has(key))) localStorage.removeItem(key);
    }
    return true;
  }

  Object.assign(window.cachibotDesktop, { startDeletions, chatDeleted, botDeleted, visibleBots, deleteEverything });
}
