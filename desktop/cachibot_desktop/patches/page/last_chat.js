// @ts-check
// Opens the chat or room that was open last when the app starts, and names the one that is shown in the page's title.
// last_chat.py patches the page to call it.

{
  /** Key of the address in the page's storage. */
  const LAST = 'cachibot-desktop:last-chat';
  /** Key in the storage of this window, which ends with it: only its first page opens the last chat. */
  const STARTED = 'cachibot-desktop:started';
  const TITLE = 'CachiBot';

  /** The store of each kind, as it is saved. @type {Record<string, string>} */
  const SAVED = { chats: 'cachibot-chats', rooms: 'cachibot-rooms' };

  /** @param {string} path @returns {{ kind: string, id: string } | undefined} */
  function placeOf(path) {
    const [, kind, id] = /^\/[^/]+\/(chats|rooms)\/([^/]+)$/.exec(path) ?? [];
    try {
      return kind && id ? { kind, id: decodeURIComponent(id) } : undefined;
    } catch {
      return undefined; // not an address that the page has made
    }
  }

  /** Whether a chat or room is in the page's storage; the address of a deleted one shows nothing. @param {string} path */
  function exists(path) {
    const place = placeOf(path);
    const saved = localStorage.getItem(SAVED[place?.kind ?? ''] ?? '') ?? '';
    return place !== undefined && saved.includes(`"id":${JSON.stringify(place.id)}`);
  }

  /** @type {Record<string, { getState(): any }>} */
  let stores = {};

  function update() {
    const place = placeOf(location.pathname);
    if (!place) {
      document.title = TITLE;
      return;
    }
    const items = stores[place.kind]?.getState()[place.kind] ?? [];
    const title = items.find((/** @type {{ id: string }} */ { id }) => id === place.id)?.title || TITLE;
    if (document.title !== title) document.title = title;
    if (localStorage.getItem(LAST) === location.pathname) return;
    try {
      localStorage.setItem(LAST, location.pathname);
    } catch {
      // The storage is full: the next start opens an earlier chat.
    }
  }

  // Before the page reads its address. Another page at the start page, after a crash for instance, stays there.
  const last = localStorage.getItem(LAST) ?? '';
  if (!sessionStorage.getItem(STARTED) && location.pathname === '/' && exists(last))
    history.replaceState(null, '', last);
  sessionStorage.setItem(STARTED, 'yes');

  for (const name of /** @type {const} */ (['pushState', 'replaceState'])) {
    const go = history[name];
    history[name] = (...given) => {
      go.apply(history, given);
      update();
    };
  }
  addEventListener('popstate', update);

  Object.assign(window.cachibotDesktop, {
    /** Names the chats and rooms of these stores. @param {any} chats @param {any} rooms */
    followChats: (chats, rooms) => {
      stores = { chats, rooms };
      chats.subscribe(update);
      rooms.subscribe(update);
      update();
    },
  });
}
