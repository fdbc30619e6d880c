// @ts-check
// Reads a file that the page has exported, and adds what the page does not have. import_data.py patches the page.

{
  const { words } = window.cachibotDesktop;

  /** @typedef {Record<string, any>} Item */
  /** @typedef {{ getState(): any, setState(change: (state: any) => object): void }} Store */

  const isRecord = (/** @type {unknown} */ value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value);

  /** @param {unknown} item @param {string[]} texts names of members that have to be texts */
  const has = (item, texts) =>
    isRecord(item) && texts.every(name => typeof (/** @type {any} */ (item)[name]) === 'string');

  /** The items of a list that have these members. @param {unknown} list @param {string[]} texts @returns {Item[]} */
  const valid = (list, texts) => (Array.isArray(list) ? list.filter(item => has(item, texts)) : []);

  /** The saved state of one store in an export. @param {Item} file @param {string} name @returns {Item} */
  function stateOf(file, name) {
    const state = typeof file[name] === 'string' ? JSON.parse(file[name])?.state : undefined;
    return isRecord(state) ? state : {};
  }

  /** @param {unknown} list */
  const messages = list =>
    valid(list, ['id', 'content', 'timestamp']).filter(
      ({ role, timestamp }) => ['user', 'assistant', 'system'].includes(role) && !Number.isNaN(Date.parse(timestamp)),
    );

  /** @param {string} text @throws {Error} if it is not an export */
  function read(text) {
    const file = JSON.parse(text);
    if (!isRecord(file) || typeof file.exportedAt !== 'string') throw new Error('not an export');
    const chats = stateOf(file, 'chats');
    const listed = valid(chats.chats, ['id', 'botId', 'title', 'createdAt', 'updatedAt']);
    const histories = isRecord(chats.messages) ? chats.messages : {};
    return {
      bots: valid(stateOf(file, 'bots').bots, ['id', 'name']),
      chats: listed,
      messages: Object.fromEntries(listed.map(({ id }) => [id, messages(histories[id])])),
      tasks: valid(stateOf(file, 'tasks').tasks, ['id', 'botId', 'title', 'status', 'createdAt', 'updatedAt']),
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
