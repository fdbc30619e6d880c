// @ts-check
// Shows each answer in the chat that asked, wherever the user is, and asks the server for answers that were missed.
// answers.py patches the page to call it; gateway/answers.py is the server's side.

{
  /** The question of each chat that waits for an answer. In the page's storage, because a reload ends no answer. */
  const WAITING = 'cachibot-desktop:waiting';
  /** IDs of the chats whose answers the user has stopped while the page was not connected. */
  const STOPPED = 'cachibot-desktop:stopped';

  /** Types of the frames that belong to an answer. */
  const ANSWERING = new Set([
    'thinking',
    'tool_start',
    'tool_end',
    'instruction_delta',
    'message',
    'artifact',
    'artifact_update',
    'workspace_progress',
    'usage',
    'error',
    'done',
  ]);

  /**
   * @typedef {{ type: string, payload?: any }} Frame
   * @typedef {{ getState(): any, setState(change: any): void, subscribe(see: (now: any, before: any) => void): void }}
   *   Store one of the page's stores (zustand)
   * @typedef {{ isConnected: boolean, send(type: string, payload: object): void, sendChat(text: string, options: any): void,
   *   onMessage(receive: (frame: Frame) => void): void, onConnect(act: () => void): void }} Socket
   */

  /** @type {Store} The chats. The page keeps the state of one answer, that of the chat that is shown. */
  let store;
  /** @type {Store} */
  let artifacts;
  /** @type {Socket} */
  let socket;
  /** @type {((frame: Frame) => void) | undefined} The page's own function, which shows a frame in the chat shown. */
  let handle;
  /** The state of the answers in other chats. @type {Map<string, object>} */
  const elsewhere = new Map();
  let isSwapped = false;

  /** @param {string} key @param {any} otherwise */
  function read(key, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(key) ?? 'null') ?? otherwise;
    } catch {
      return otherwise; // damaged: those answers are not asked for, or not stopped
    }
  }

  /** @param {string} key @param {object} value */
  function save(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // The storage is full: the answer is not asked for, or not stopped, after a reload.
    }
  }

  /** @type {Record<string, string>} */
  let waiting = read(WAITING, {});
  /** @type {string[]} */
  let stopped = read(STOPPED, []);
  /**
   * Chats whose answer the server will replay. Live frames are ignored until then: the replay contains them, and a live
   * `done` would end the answer before the replay.
   * @type {Set<string>}
   */
  let awaitingReplay = new Set();

  /** @param {string} chat @param {string | undefined} question undefined: it waits no longer */
  function setWaiting(chat, question) {
    const { [chat]: _, ...others } = waiting;
    waiting = question === undefined ? others : { ...others, [chat]: question };
    save(WAITING, waiting);
  }

  /** @param {string[]} chats */
  function setStopped(chats) {
    stopped = chats;
    save(STOPPED, stopped);
  }

  /** Stops the answer in a chat, now or when the page is connected. @param {string} chatId */
  function stopAnswer(chatId) {
    if (socket.isConnected) socket.send('cancel', { chatId });
    else setStopped([...new Set([...stopped, chatId])]);
  }

  /**
   * Continues where the last connection ended. Sends queued messages first: a new question in a chat replaces the
   * unfinished answer there.
   */
  function resume() {
    awaitingReplay = new Set(Object.keys(waiting));
    window.cachibotDesktop.sendWaiting?.();
    for (const chatId of stopped) socket.send('cancel', { chatId });
    setStopped([]);
    const chats = [...awaitingReplay].map(chatId => ({ chatId, question: waiting[chatId] }));
    if (chats.length > 0) socket.send('resume', { chats });
  }

  /** @param {any} state */
  const answerIn = ({ thinking, toolCalls, instructionDeltas, isLoading, error }) => ({
    thinking,
    toolCalls,
    instructionDeltas,
    isLoading,
    error,
  });

  /** @param {string | null} chat */
  const answerOf = chat => ({
    thinking: null,
    toolCalls: [],
    instructionDeltas: {},
    error: null,
    ...elsewhere.get(chat ?? ''),
    isLoading: chat !== null && chat in waiting && !stopped.includes(chat),
  });

  /**
   * Runs `act` as if this chat were shown. The page renders later, when the chat that is shown is back.
   * @param {string} chat
   * @param {() => void} act
   */
  function inChat(chat, act) {
    const before = store.getState();
    if (before.activeChatId === chat) return act();
    const { activeArtifactId, panelOpen } = artifacts.getState();
    isSwapped = true;
    store.setState({ activeChatId: chat, ...answerOf(chat) });
    try {
      act();
    } finally {
      elsewhere.set(chat, answerIn(store.getState()));
      store.setState({ activeChatId: before.activeChatId, ...answerIn(before) });
      artifacts.setState({ activeArtifactId, panelOpen });
      isSwapped = false;
    }
  }

  /** @param {string} chat @param {Frame} frame */
  function show(chat, { type, payload }) {
    const { chats, messages } = store.getState();
    const isShown = messages[chat]?.some((/** @type {any} */ { id }) => id === payload.messageId);
    const isEcho = type === 'message' && payload.role === 'user' && isShown;
    const exists = chats.some((/** @type {any} */ { id }) => id === chat);
    if (exists && !isEcho) handle?.({ type, payload });
    if (type !== 'done' && type !== 'error') return;
    window.cachibotDesktop.forgetApprovals?.(chat);
    window.cachibotDesktop.saveNow?.(); // before the server forgets the answer
    setWaiting(chat, undefined);
    window.cachibotDesktop.reportAnswer?.(store, chat);
    socket.send('answer_seen', { chatId: chat });
  }

  /** Shows an answer from its beginning, in place of what has arrived of it. @param {string} chat @param {Frame[]} frames */
  function showAgain(chat, frames) {
    if (!awaitingReplay.delete(chat) || !(chat in waiting)) return;
    const ids = new Set(
      frames.filter(({ payload }) => payload.role === 'assistant').map(({ payload }) => payload.messageId),
    );
    inChat(chat, () => {
      store.setState((/** @type {any} */ { messages }) => ({
        thinking: null,
        toolCalls: [],
        instructionDeltas: {},
        messages: {
          ...messages,
          [chat]: (messages[chat] ?? []).filter((/** @type {any} */ { id }) => !ids.has(id)),
        },
      }));
      for (const frame of frames) show(chat, frame);
    });
  }

  /**
   * Returns the frames of an answer that an earlier server has completed; undefined: it was interrupted.
   * @param {string} chat
   * @returns {Promise<Frame[] | undefined>}
   */
  async function storedFrames(chat) {
    const { chats, messages } = store.getState();
    const { botId } = chats.find((/** @type {any} */ { id }) => id === chat) ?? {};
    /** @type {any[]} */
    const shown = messages[chat] ?? [];
    const asked = shown.findLastIndex(({ role }) => role === 'user');
    if (botId === undefined || asked === -1) return undefined;
    const path = `/bots/${encodeURIComponent(botId)}/chats/${encodeURIComponent(chat)}/messages`;
    const stored = /** @type {any[]} newest last */ (await window.cachibotDesktop.readApi?.(path));
    const since = Date.parse(shown[asked].timestamp);
    // Only answers of chats name their model: reminders do not.
    const answer = stored.findLast(
      ({ role, timestamp, metadata }) => role === 'assistant' && metadata?.model && Date.parse(timestamp) > since,
    );
    if (answer === undefined) return undefined;
    const { content, metadata } = answer;
    const isBegun = (/** @type {any} */ other) => other.role === 'assistant' && content.startsWith(other.content);
    const messageId = shown.slice(asked).find(isBegun)?.id ?? answer.id;
    return [
      { type: 'message', payload: { role: 'assistant', content, metadata, messageId } },
      { type: 'done', payload: {} },
    ];
  }

  /** Shows an answer that this server does not know. @param {string} chat @param {Frame[]} interruption */
  async function showLost(chat, interruption) {
    const frames = await storedFrames(chat).catch(() => undefined);
    showAgain(chat, frames ?? interruption);
  }

  /** @param {Frame} frame */
  const showScheduled = ({ payload }) => window.cachibotDesktop.showReminder?.(payload, store, socket);

  /** @param {Frame} frame */
  function receive(frame) {
    const chat = frame.payload?.chatId;
    if (frame.type === 'answer_replay' && frame.payload.lost) void showLost(chat, frame.payload.frames);
    else if (frame.type === 'answer_replay') showAgain(chat, frame.payload.frames);
    else if (frame.type === 'scheduled_notification') showScheduled(frame);
    else if (chat && ANSWERING.has(frame.type)) {
      if (!awaitingReplay.has(chat)) inChat(chat, () => show(chat, frame));
    } else handle?.(frame);
    window.cachibotDesktop.reportFrame?.(store, frame);
  }

  /**
   * Shows a message at once, and waits for its answer. Returns the options with which the page sends it.
   * @param {string} content
   * @param {any} options
   */
  function ask(content, options) {
    const chat = options?.chatId;
    if (!chat) return options;
    setWaiting(chat, content);
    setStopped(stopped.filter(other => other !== chat));
    awaitingReplay.delete(chat);
    if (options.again) return options;
    const message = { id: crypto.randomUUID(), role: 'user', content, timestamp: new Date().toISOString() };
    store.getState().addMessage(chat, message);
    return { ...options, messageId: message.id };
  }

  Object.assign(window.cachibotDesktop, {
    /** Receives all frames of the page's WebSocket from now on. @param {Store} chats @param {Store} shown @param {Socket} to */
    openAnswers: (chats, shown, to) => {
      [store, artifacts, socket] = [chats, shown, to];
      socket.onMessage(receive);
      socket.onConnect(resume);
      store.subscribe((now, before) => {
        if (isSwapped || now.activeChatId === before.activeChatId) return;
        if (before.activeChatId) elsewhere.set(before.activeChatId, answerIn(before));
        store.setState(answerOf(now.activeChatId));
      });
    },
    /** Stops the answers in chats that are deleted: CachiBot would insert a chat again to save its answer. */
    stopAnswers: (chats = Object.keys(waiting)) => {
      for (const chatId of chats.filter(chat => chat in waiting)) {
        stopAnswer(chatId);
        setWaiting(chatId, undefined);
      }
    },
    stopAnswer,
    isConnected: () => socket.isConnected,
    /** Sends a message as the page does, in a chat that may not be shown. @param {string} content @param {any} options */
    sendInChat: (content, options) =>
      inChat(options.chatId, () => {
        store.setState({ isLoading: true, error: null, toolCalls: [], instructionDeltas: {} });
        socket.sendChat(content, ask(content, options));
      }),
    /** Uses the page's function for frames, which each component that needs the WebSocket creates. @param {any} show */
    handleFrames: show => {
      handle = show;
      return () => {};
    },
    ask,
  });
}
