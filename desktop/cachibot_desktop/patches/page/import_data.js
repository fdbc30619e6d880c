// @ts-check
// Reads a file that the page has exported, and adds what the page does not have. import_data.py patches the page.

{
  const { words } = window.cachibotDesktop;

  /** @typedef {Record<string, any>} Item */
  /** @typedef {{ getState(): any, setState(change: (state: any) => object): void }} Store */

  const isRecord = (/** @type {unknown} */ value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value);

  /** @typedef {(value: any) => boolean} Check */
  /** Checks by name of member. An item without a `needed` one is left out. @typedef {{ needed: Record<string, Check>, more: Record<string, Check> }} Kind */

  /** @type {Check} */
  const isText = value => typeof value === 'string';
  /** @type {Check} */
  const isId = value => isText(value) && /^(?!__proto__$)[\w-]{1,64}$/.test(value);
  /** @type {Check} */
  const isDate = value => isText(value) && !Number.isNaN(Date.parse(value));
  /** @type {Check} */
  const isNumber = value => Number.isFinite(value);
  /** @type {Check} */
  const isBoolean = value => typeof value === 'boolean';
  /** @param {string[]} texts @returns {Check} */
  const isOneOf =
    (...texts) =>
    value =>
      texts.includes(value);
  /** @param {Check} check @returns {Check} */
  const isListOf = check => value => Array.isArray(value) && value.every(check);
  /** @param {Check} check @returns {Check} */
  const isMapOf = check => value => isRecord(value) && Object.values(value).every(check);

  /** @type {Check} */
  const isToolCall = value =>
    isId(value?.id) &&
    isText(value.tool) &&
    isRecord(value.args) &&
    [value.success ?? true].every(isBoolean) &&
    [value.startTime ?? 0, value.endTime ?? 0].every(isNumber) &&
    isText(value.result ?? '');
  /** The facts that the page shows below an answer. @type {Check} */
  const isMetadata = value =>
    isRecord(value) &&
    Object.entries(value).every(([name, one]) => (['model', 'platform'].includes(name) ? isText : isNumber)(one));

  // The page stores what it gets, and a member of another type would break it at each start.
  /** @type {Kind} */
  const BOT = {
    needed: { id: isId, name: isText },
    more: {
      ...{ description: isText, icon: isText, color: isText, model: isText, systemPrompt: isText },
      ...{ models: isMapOf(isText), capabilities: isMapOf(isBoolean), tools: isListOf(isText) },
      ...{ createdAt: isDate, updatedAt: isDate },
    },
  };
  /** @type {Kind} */
  const CHAT = {
    needed: { id: isId, botId: isId, title: isText, createdAt: isDate, updatedAt: isDate },
    more: {
      ...{ messageCount: isNumber, lastMessage: isText, pinned: isBoolean, archived: isBoolean },
      ...{ platform: isText, platformChatId: isText },
    },
  };
  /** @type {Kind} */
  const MESSAGE = {
    needed: { id: isId, content: isText, timestamp: isDate, role: isOneOf('user', 'assistant', 'system') },
    more: { metadata: isMetadata, toolCalls: isListOf(isToolCall), replyToId: isId, thinking: isText },
  };
  /** @type {Kind} */
  const TASK = {
    needed: {
      ...{ id: isId, botId: isId, title: isText, createdAt: isDate },
      status: isOneOf('todo', 'in_progress', 'done', 'blocked'),
    },
    more: {
      ...{ description: isText, priority: isOneOf('low', 'medium', 'high', 'urgent'), tags: isListOf(isText) },
      ...{ updatedAt: isDate, completedAt: isDate, dueDate: isDate },
    },
  };

  /** Copies of the items of a list that are of a kind, with the members that are right. @param {unknown} list @param {Kind} kind @returns {Item[]} */
  const valid = (list, { needed, more }) =>
    (Array.isArray(list) ? list : [])
      .filter(item => isRecord(item) && Object.entries(needed).every(([name, check]) => check(item[name])))
      .map(item => {
        const checks = Object.entries({ ...needed, ...more });
        return Object.fromEntries(
          checks.filter(([name, check]) => check(item[name])).map(([name]) => [name, item[name]]),
        );
      });

  /** The saved state of one store in an export. @param {Item} file @param {string} name @returns {Item} */
  function stateOf(file, name) {
    const state = typeof file[name] === 'string' ? JSON.parse(file[name])?.state : undefined;
    return isRecord(state) ? state : {};
  }

  /** @param {string} text @throws {Error} if it is not an export */
  function read(text) {
    const file = JSON.parse(text);
    if (!isRecord(file) || typeof file.exportedAt !== 'string') throw new Error('not an export');
    const chats = stateOf(file, 'chats');
    const listed = valid(chats.chats, CHAT);
    const histories = isRecord(chats.messages) ? chats.messages : {};
    return {
      bots: valid(stateOf(file, 'bots').bots, BOT),
      chats: listed.map(chat => ({ messageCount: 0, ...chat })),
      messages: Object.fromEntries(listed.map(({ id }) => [id, valid(histories[id], MESSAGE)])),
      tasks: valid(stateOf(file, 'tasks').tasks, TASK).map(task => ({ priority: 'medium', tags: [], ...task })),
    };
  }

  /** The items that a list does not have. @param {Item[]} items @param {Item[]} list */
  const missing = (items, list) => items.filter(({ id }) => !list.some(item => item.id === id));

  /** @param {ReturnType<typeof read>} found @param {Store[]} stores */
  function add(found, [bots, chats, tasks]) {
    if (!bots || !chats || !tasks) return { bots: 0, chats: 0, tasks: 0 };
    const [like] = bots.getState().bots;
    const newBots = missing(found.bots, bots.getState().bots);
    // The page's own function also stores it in the database. Members that the file lacks are those of the default bot.
    for (const bot of newBots) bots.getState().addBot({ ...like, ...bot });
    const newChats = missing(found.chats, chats.getState().chats);
    chats.setState(state => ({
      chats: [...newChats, ...state.chats],
      messages: { ...Object.fromEntries(newChats.map(({ id }) => [id, found.messages[id]])), ...state.messages },
    }));
    const newTasks = missing(found.tasks, tasks.getState().tasks);
    tasks.setState(state => ({ tasks: [...newTasks, ...state.tasks] }));
    return { bots: newBots.length, chats: newChats.length, tasks: newTasks.length };
  }

  /** @param {File} file @param {Store[]} stores */
  async function importFile(file, stores) {
    try {
      const added = Object.entries(add(read(await file.text()), stores));
      const text = added.reduce((sofar, [name, count]) => sofar.replace(`{${name}}`, String(count)), words.imported);
      window.cachibotDesktop.inform?.(text);
    } catch {
      window.cachibotDesktop.complain?.(words.notAnExport.replace('{name}', file.name));
    }
  }

  Object.assign(window.cachibotDesktop, {
    /** Asks for a file. @param {Store[]} stores of the bots, the chats and the tasks */
    importData: stores => {
      const input = Object.assign(document.createElement('input'), { type: 'file', accept: '.json' });
      input.addEventListener('change', () => input.files?.[0] && void importFile(input.files[0], stores));
      input.click();
    },
  });
}
