// @ts-check
// Shows reminders and scheduled messages on every page of CachiBot, until the user has seen them: in their chat, or in a
// notice. gateway/reminders.py keeps them, and answers.js receives them.

{
  const { words } = window.cachibotDesktop;
  const POLL_MS = 500;

  /** @type {ChatStore} */
  let store;
  /** @type {PageSocket} */
  let socket;
  /** @type {DueReminder[]} */
  let unseen = [];
  /** Those that the server may not know yet, because it was away. @type {Set<string>} */
  const seen = new Set();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;

  /** @param {string | undefined} chat */
  const exists = chat => store.getState().chats.some(({ id }) => id === chat);

  /** Whether the user looks at the chat of this reminder. @param {DueReminder} reminder */
  const isOpen = ({ chatId }) =>
    document.hasFocus() &&
    document.querySelector('.chat-island') !== null &&
    chatId !== undefined &&
    store.getState().activeChatId === chatId;

  /** @param {DueReminder} one @param {DueReminder} other */
  const saysTheSame = (one, other) =>
    one.botId === other.botId && one.chatId === other.chatId && one.content === other.content;

  /** @param {DueReminder} reminder @param {ChatStore} chats @param {PageSocket} to */
  function showReminder(reminder, chats, to) {
    [store, socket] = [chats, to];
    if (seen.has(reminder.id)) return socket.send('reminders_seen', { ids: [reminder.id] });
    addToChat(reminder);
    const isNew = !unseen.some(({ id }) => id === reminder.id);
    setUnseen([reminder, ...unseen.filter(other => other.id !== reminder.id && !saysTheSame(other, reminder))]);
    update();
    // The shell shows it unless the window has the focus.
    if (!isNew || seen.has(reminder.id)) return;
    const text = plain(reminder.content);
    window.electronAPI.reportNews({ kind: 'reminder', about: '', text, path: pathOf(reminder) });
  }

  /** Address of the reminder's chat, or of all chats of its bot. @param {DueReminder} reminder */
  const pathOf = ({ botId, chatId }) =>
    `/${encodeURIComponent(botId)}/chats${exists(chatId) ? `/${encodeURIComponent(chatId ?? '')}` : ''}`;

  /** Failed tasks are Markdown. @param {string} content */
  const plain = content => content.replaceAll('**', '');

  /** @param {DueReminder} reminder */
  function addToChat({ id, chatId, content }) {
    const { messages, addMessage } = store.getState();
    if (chatId === undefined || !exists(chatId) || messages[chatId]?.some(message => message.id === id)) return;
    const text = words.scheduledMessage.replace('{text}', () => content);
    addMessage(chatId, { id, role: 'assistant', content: text, timestamp: new Date().toISOString() });
  }

  /** Removes the reminders whose chat the user looks at, and all of a user who has logged out. */
  function update() {
    if (location.pathname === '/login') return setUnseen([]); // the server sends them again after the next log-in
    const open = unseen.filter(isOpen);
    if (open.length > 0) see(open);
  }

  /** @param {DueReminder[]} reminders */
  function see(reminders) {
    const ids = reminders.map(({ id }) => id);
    for (const id of ids) seen.add(id);
    socket.send('reminders_seen', { ids });
    setUnseen(unseen.filter(({ id }) => !seen.has(id)));
  }

  const list = element('div', 'cachibot-reminders');
  list.setAttribute('role', 'status');

  /** @param {DueReminder[]} reminders */
  function setUnseen(reminders) {
    unseen = reminders;
    clearInterval(timer);
    timer = unseen.length > 0 ? setInterval(update, POLL_MS) : undefined;
    const notices = unseen.map(notice);
    if (unseen.length > 1) notices.push(button(words.dismissAll, () => see(unseen)));
    list.replaceChildren(...notices);
    if (unseen.length === 0) list.remove();
    else if (!list.isConnected) document.body.append(list);
  }

  /** @param {DueReminder} reminder */
  function notice(reminder) {
    const { chatId, content, dueAt } = reminder;
    const made = element('div', 'cachibot-reminder');
    const time = element('div', 'cachibot-reminder__time');
    time.textContent = new Date(dueAt).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
    const text = element('div', 'cachibot-reminder__text');
    text.textContent = plain(content);
    const buttons = element('div', 'cachibot-reminder__buttons');
    if (exists(chatId)) {
      const open = () => {
        window.cachibotDesktop.goTo?.(pathOf(reminder));
        see([reminder]);
      };
      buttons.append(button(words.openChat, open));
    }
    buttons.append(button(words.dismiss, () => see([reminder])));
    made.append(time, text, buttons);
    return made;
  }

  /** @param {string} tag @param {string} name */
  function element(tag, name) {
    const made = document.createElement(tag);
    made.className = name;
    return made;
  }

  /** @param {string} text @param {() => void} act */
  function button(text, act) {
    const made = element('button', 'btn btn--secondary btn--sm');
    made.setAttribute('type', 'button');
    made.textContent = text;
    made.addEventListener('click', act);
    return made;
  }

  /** Forgets the reminders of a bot that is deleted, or of all bots. @param {string} [bot] */
  function forgetReminders(bot) {
    const gone = unseen.filter(({ botId }) => bot === undefined || botId === bot);
    if (gone.length > 0) see(gone);
  }

  const style = document.createElement('style');
  style.textContent = `
    .cachibot-reminders { position: fixed; z-index: 60; top: 3.25rem; right: 1rem; width: 22rem;
      max-width: calc(100vw - 2rem); max-height: calc(100vh - 5rem); overflow-y: auto;
      display: flex; flex-direction: column; align-items: flex-end; gap: .5rem; }
    .cachibot-reminder { width: 100%; padding: .75rem 1rem; border-radius: .75rem;
      border: 1px solid var(--color-border-primary); background: var(--color-bg-dialog);
      box-shadow: 0 8px 24px rgb(0 0 0 / .2); }
    .cachibot-reminder__time { font-size: .75rem; color: var(--color-text-secondary); }
    .cachibot-reminder__text { margin: .25rem 0 .5rem; max-height: 10rem; overflow: auto; white-space: pre-line;
      overflow-wrap: anywhere; font-size: .875rem; color: var(--color-text-primary); }
    .cachibot-reminder__buttons { display: flex; justify-content: flex-end; gap: .5rem; }
  `;
  document.head.append(style);
  Object.assign(window.cachibotDesktop, { showReminder, forgetReminders });
}
