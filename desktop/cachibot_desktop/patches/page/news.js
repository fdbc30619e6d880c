// @ts-check
// Reports to the shell what has arrived: it notifies the user, unless the window has the focus. answers.js calls this.
// A click on a notification opens its chat. Those of deleted chats and bots are closed.

{
  /** Names and places of the jobs that run. @type {Map<string, { name: string, path: string }>} */
  const jobs = new Map();

  /** @param {string} bot @param {string} [chat] */
  const pathOf = (bot, chat) =>
    `/${encodeURIComponent(bot)}/${chat === undefined ? 'work' : `chats/${encodeURIComponent(chat)}`}`;

  /** Characters of a text that are read. A notification shows at most 300, and longer texts take time. */
  const MAX_LENGTH = 2000;

  /** Code, or words between two equal marks. `__init__.py` and `*args` are neither. */
  const MARKED = /(`{1,3})([^`]+)\1|(?<![\p{L}\d])([*_]{1,3})(?=\S)(.*?\S)\3(?=[\p{P}]{0,3}(?:\s|$))/gu;

  /** @param {string} text @returns {string} */
  const withoutMarks = text => text.replace(MARKED, (_all, _ticks, code, _mark, inner) => code ?? withoutMarks(inner));

  /** The text without the signs of Markdown. @param {unknown} text */
  const plain = text =>
    withoutMarks(
      String(text ?? '')
        .trimStart()
        .slice(0, MAX_LENGTH)
        .replace(/<\/?[a-z][^>]*>/gi, '')
        .replace(/^[ \t]*(?:#+\s|>+|[*+-]\s)/gm, ''),
    )
      .replace(/\s+/g, ' ')
      .trim();

  /** @param {'answer' | 'question' | 'job' | 'failed-job' | 'message'} kind @param {string} path @param {string} about @param {unknown} text */
  const report = (kind, path, about, text) =>
    window.electronAPI?.reportNews?.({ kind, path, about: about.slice(0, 300), text: plain(text).slice(0, 300) });

  /** @param {any} chats The page's store of chats @param {string} id */
  const chatOf = (chats, id) => chats.getState().chats.find((/** @type {{ id: string }} */ chat) => chat.id === id);

  /** An answer is complete. @param {any} chats @param {string} chat */
  function reportAnswer(chats, chat) {
    const known = chatOf(chats, chat);
    const last = (chats.getState().messages[chat] ?? []).at(-1);
    if (known && last?.role === 'assistant') report('answer', pathOf(known.botId, chat), known.title, last.content);
  }

  /** A frame has arrived that is not a part of an answer. @param {any} chats @param {{ type: string, payload?: any }} frame */
  function reportFrame(chats, { type, payload }) {
    if (type === 'platform_message' && payload.role === 'user')
      report('message', pathOf(payload.botId, payload.chatId), payload.platform, payload.content);
    else if (type === 'approval_needed') {
      const chat = payload.chatId ?? chats.getState().activeChatId;
      const known = chatOf(chats, chat);
      if (known) report('question', pathOf(known.botId, chat), known.title, payload.action);
    } else if (type === 'execution_start')
      jobs.set(payload.executionLogId, { name: payload.sourceName, path: pathOf(payload.botId) });
    else if (type === 'execution_end') reportJob(payload);
  }

  /** @param {{ executionLogId: string, status: string, error?: string }} end */
  function reportJob({ executionLogId, status, error }) {
    const job = jobs.get(executionLogId);
    jobs.delete(executionLogId);
    if (job && status === 'success') report('job', job.path, job.name, '');
    else if (job && status !== 'cancelled') report('failed-job', job.path, job.name, error);
  }

  /** The parts of the page's stores. @typedef {{ bots: { id: string }[], chats: { id: string, botId: string }[] }} Items */
  /** @typedef {{ getState(): Items, subscribe(listener: (now: Items, before: Items) => void): void }} Store */

  /** @template {{ id: string }} Item @param {Item[]} now @param {Item[]} before */
  const removed = (now, before) =>
    now === before ? [] : before.filter(({ id }) => !now.some(other => other.id === id));

  /**
   * Returns where a click on a notification leads: to its chat, or to what is left if that was deleted.
   * @param {Store} bots @param {Store} chats @param {string} path
   */
  function remaining(bots, chats, path) {
    const [, bot = '', chat] = /^\/([^/]+)(?:\/chats\/([^/]+))?/.exec(path) ?? [];
    const has = (/** @type {{ id: string }[]} */ items, /** @type {string} */ id) =>
      items.some(item => encodeURIComponent(item.id) === id);
    if (!has(bots.getState().bots, bot)) return '/';
    return chat === undefined || has(chats.getState().chats, chat) ? path : `/${bot}/chats`;
  }

  /** @param {Store} bots @param {Store} chats */
  function followNews(bots, chats) {
    const forget = window.electronAPI?.forgetNews;
    chats.subscribe((now, before) =>
      removed(now.chats, before.chats).map(chat => forget?.(pathOf(chat.botId, chat.id))),
    );
    bots.subscribe((now, before) =>
      removed(now.bots, before.bots).map(({ id }) => forget?.(`/${encodeURIComponent(id)}`)),
    );
    window.electronAPI?.onOpen?.(path => window.cachibotDesktop.goTo?.(remaining(bots, chats, path)));
  }

  Object.assign(window.cachibotDesktop, { reportAnswer, reportFrame, followNews });
}
