// Shows a failed answer as a card: what happened, what to do, buttons for that, and the error's own text, folded.
//
// The page patches of error_card.py put a <cachibot-card> in place of the message's text, and tell about the chat or
// the room that is shown (`showChat`, `showRoom`). The card's data are in the message, so they are there after a
// reload, too: of a chat in the page's own storage, of a room in ours.

{
  const ROOM_CARDS = 'cachibot-desktop-room-cards';
  const CARDS_IN_A_ROOM = 20;
  const { words } = window.cachibotDesktop;

  /** The chat, or the room, that is shown: its connection, its store, and how it sends. */
  let chat = null;
  let room = null;

  class ErrorCard extends HTMLElement {
    static observedAttributes = ['card'];

    connectedCallback() {
      this.render();
    }

    attributeChangedCallback() {
      if (this.isConnected) this.render();
    }

    render() {
      const card = JSON.parse(this.getAttribute('card') ?? '{}');
      this.setAttribute('role', 'group');
      this.setAttribute('data-kind', card.kind ?? '');
      const parts = [inline('div', 'cachibot-card__title', card.title ?? '')];
      if (card.advice) parts.push(inline('div', 'cachibot-card__advice', card.advice));
      if (card.actions?.length) parts.push(this.buttons(card));
      if (card.detail) parts.push(details(card.detail));
      this.replaceChildren(...parts);
    }

    buttons(card) {
      const row = element('div', 'cachibot-card__actions');
      const note = element('span', 'cachibot-card__note');
      note.setAttribute('role', 'status');
      for (const action of card.actions) {
        const button = element('button', 'cachibot-card__action', words.actions[action]);
        button.type = 'button';
        button.dataset.action = action;
        button.addEventListener('click', () => {
          if (action === 'again') note.textContent = this.tryAgain(card);
          else open(action, card);
        });
        row.append(button);
      }
      row.append(note);
      return row;
    }

    /** Sends the message again, and removes the card. Returns why not, if it cannot. */
    tryAgain(card) {
      const id = this.getAttribute('message');
      const place = this.getAttribute('room') ? room : chat;
      if (!place?.connected) return words.disconnected;
      if (place.busy) return words.busy;
      if (place === room) {
        room.socket.send('room_chat', { message: card.question, messageId: card.asked, again: card.bot });
        forgetRoomCard(room.roomId, id);
        remove(room.store, room.roomId, id);
        return '';
      }
      // After other messages the answer stands far from its question, so the question is repeated.
      const isLast = chat.store.getState().messages[chat.chatId]?.at(-1)?.id === id;
      const { send, store, chatId } = chat;
      if (isLast) remove(store, chatId, id);
      send({ text: card.question, again: isLast });
      return '';
    }
  }

  function remove(store, place, id) {
    store.setState(({ messages }) => ({
      messages: { ...messages, [place]: (messages[place] ?? []).filter(message => message.id !== id) },
    }));
  }

  /** Opens the place where the user does what the card advises. */
  function open(action, card) {
    if (action === 'keys') return goTo('/settings/keys');
    if (action === 'default-model') return goTo('/settings/models');
    if (action === 'server-key') return location.assign('/desktop/model');
    const choice = document.querySelector('.chat-island .model-pill');
    if (choice) return choice.click();
    return goTo(card.bot ? `/${encodeURIComponent(card.bot)}/settings` : '/settings/models');
  }

  /** Shows another page, as a click on one of its own links does: the router listens for `popstate`. */
  function goTo(path) {
    history.pushState({ ...history.state, idx: (history.state?.idx ?? 0) + 1 }, '', path);
    dispatchEvent(new PopStateEvent('popstate', { state: history.state }));
  }

  function details(text) {
    const folded = element('details', 'cachibot-card__details');
    folded.append(element('summary', '', words.details), element('pre', '', text));
    return folded;
  }

  /** An element whose text may have `code` and **bold** in it, and nothing else. */
  function inline(tag, name, text) {
    const parent = element(tag, name);
    for (const part of text.split(/(`[^`]+`|\*\*[^*]+\*\*)/)) {
      if (part.startsWith('`') && part.length > 1) parent.append(element('code', '', part.slice(1, -1)));
      else if (part.startsWith('**')) parent.append(element('strong', '', part.slice(2, -2)));
      else if (part) parent.append(part);
    }
    return parent;
  }

  function element(tag, name, text = '') {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.textContent = text;
    return made;
  }

  function roomCards() {
    try {
      return JSON.parse(localStorage.getItem(ROOM_CARDS) ?? '{}');
    } catch {
      return {}; // damaged: the cards of earlier failures are lost, and nothing else
    }
  }

  function saveRoomCards(cards) {
    try {
      localStorage.setItem(ROOM_CARDS, JSON.stringify(cards));
    } catch {
      // The storage is full: the card is there until the room is left.
    }
  }

  /** Keeps messages of a room that are not in the database. */
  function keepInRoom(roomId, added) {
    const cards = roomCards();
    const others = (cards[roomId] ?? []).filter(({ id }) => !added.some(message => message.id === id));
    saveRoomCards({ ...cards, [roomId]: [...others, ...added].slice(-CARDS_IN_A_ROOM) });
  }

  /** Keeps what bots have said that still answer: if the server ends, it is nowhere else. */
  function keepUnfinished() {
    if (!room) return;
    const { messages, botStates } = room.store.getState();
    const texts = Object.entries(botStates[room.roomId] ?? {})
      .filter(([, state]) => state !== 'idle')
      .map(([bot]) => messages[room.roomId]?.findLast(({ senderId }) => senderId === bot))
      .filter(message => message?.content && !message.metadata?.card);
    if (texts.length > 0) keepInRoom(room.roomId, texts);
  }

  addEventListener('pagehide', keepUnfinished);

  function forgetRoomCard(roomId, id) {
    const cards = roomCards();
    saveRoomCards({ ...cards, [roomId]: (cards[roomId] ?? []).filter(message => message.id !== id) });
  }

  Object.assign(window.cachibotDesktop, {
    goTo,
    showChat: shown => {
      chat = shown;
    },
    showRoom: shown => {
      room = shown;
    },
    keepRoomCard: (roomId, message) => {
      if (!message.metadata?.card) return;
      // The text of a stopped answer is nowhere else.
      const begun = message.metadata.card.begun;
      const text = room?.store.getState().messages[roomId]?.filter(({ id }) => id === begun) ?? [];
      keepInRoom(roomId, [...text, message]);
    },
    /** Stops the bots that answer in the room that is shown. */
    stopRoom: () => {
      room.socket.sendCancel();
      const { botStates, setBotState } = room.store.getState();
      for (const bot of Object.keys(botStates[room.roomId] ?? {})) setBotState(room.roomId, bot, 'idle');
    },
    /** The stored messages of a room, and its cards between them. */
    withRoomCards: (roomId, messages) => {
      const time = message => Date.parse(message.timestamp);
      const cards = (roomCards()[roomId] ?? []).filter(({ id }) => !messages.some(message => message.id === id));
      return [...messages, ...cards].sort((one, other) => time(one) - time(other));
    },
  });

  const style = document.createElement('style');
  style.textContent = `
    cachibot-card { display: flex; flex-direction: column; gap: .5rem; min-width: min(26rem, 100%); }
    .cachibot-card__title { font-weight: 600; color: var(--color-danger-text); overflow-wrap: anywhere; }
    cachibot-card:is([data-kind=stopped], [data-kind=notice], [data-kind=cut-off]) .cachibot-card__title { color: inherit; }
    cachibot-card[data-kind=stopped] { flex-direction: row; align-items: center; gap: 1rem; min-width: 0; }
    cachibot-card[data-kind=stopped] .cachibot-card__action { border-color: var(--color-border-secondary);
      background: var(--color-hover-bg); color: inherit; }
    cachibot-card[data-kind=stopped] .cachibot-card__actions { margin: 0; }
    .cachibot-card__advice { overflow-wrap: anywhere; }
    cachibot-card code { font-family: 'JetBrains Mono', monospace; font-size: .9em; padding: .1em .3em;
      border-radius: .25rem; background: var(--color-hover-bg); user-select: all; }
    .cachibot-card__actions { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin-top: .25rem; }
    .cachibot-card__action { padding: .35rem .75rem; border-radius: .5rem; cursor: pointer;
      font-size: .875rem; border: 1px solid var(--color-border-secondary); background: var(--color-hover-bg); }
    .cachibot-card__action:first-child { border-color: transparent; background: var(--accent-700); color: white; }
    .cachibot-card__action:hover { filter: brightness(1.1); }
    .cachibot-card__action:focus-visible { outline: 2px solid currentColor; }
    .cachibot-card__note { font-size: .8125rem; color: var(--color-text-secondary); }
    .cachibot-card__details { font-size: .8125rem; color: var(--color-text-secondary); }
    .cachibot-card__details summary { cursor: pointer; }
    .cachibot-card__details pre { margin-top: .25rem; max-height: 12rem; overflow: auto; white-space: pre-wrap;
      overflow-wrap: anywhere; font-family: 'JetBrains Mono', monospace; }
  `;
  document.head.append(style);
  customElements.define('cachibot-card', ErrorCard);
}
