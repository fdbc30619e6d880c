// @ts-check
// Saves the stores of CachiBot's page without slowing it, and says when there is little room. A patch calls it.

{
  const { words } = window.cachibotDesktop;

  /** A store whose writing took 100 ms is written again after a second at the earliest: a tenth of the time at most. */
  const SHARE = 10;
  /** Chromium's limit for an origin, in characters, and the part of it that may be used without a word. */
  const ROOM = 5 * 1024 * 1024;
  const NEARLY_FULL = 0.8 * ROOM;
  const TELL_AGAIN_MS = 60_000;

  /** @typedef {{ state: Record<string, unknown>, version?: number }} Store */

  /** The last content of each store, written or not. @type {Map<string, Store>} */
  const latest = new Map();
  /** Stores that are to be written. @type {Map<string, Store>} */
  const pending = new Map();
  /** Earliest time of the next write. @type {Map<string, number>} */
  const nextWrites = new Map();
  /** @type {Map<string, number>} */
  const sizes = new Map(Object.keys(localStorage).map(key => [key, (localStorage.getItem(key) ?? '').length]));
  /** When the user was told, by text. @type {Map<string, number>} */
  const told = new Map();

  /**
   * Whether nothing that is saved has changed. The page saves after each change, also of what it does not save.
   * @param {Store | undefined} one @param {Store} other
   */
  const isSame = (one, other) =>
    one?.version === other.version &&
    Object.keys(other.state).every(key => one?.state[key] === other.state[key]) &&
    Object.keys(other.state).length === Object.keys(one?.state ?? {}).length;

  /** The page's function that shows a text. */
  let lastShow = (/** @type {string} */ _text) => {};

  /** @param {string} text @param {(text: string) => void} show */
  function tell(text, show) {
    if (performance.now() - (told.get(text) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return;
    told.set(text, performance.now());
    setTimeout(() => show(text)); // the page may still be loading
  }

  /** @param {string} name @param {string} text @param {(text: string) => void} show */
  function keep(name, text, show) {
    localStorage.setItem(name, text);
    sizes.set(name, text.length);
    const used = [...sizes].reduce((sum, [key, size]) => sum + key.length + size, 0);
    if (used > NEARLY_FULL && !told.has(words.nearlyFull)) tell(words.nearlyFull, show);
  }

  /** @param {string} name @param {(text: string) => void} [show] */
  function write(name, show = lastShow) {
    const store = pending.get(name);
    pending.delete(name);
    if (store === undefined) return;
    const start = performance.now();
    try {
      const text = JSON.stringify(store);
      // The first change of a store may be of a part that is not saved.
      if (text !== localStorage.getItem(name)) keep(name, text, show);
    } catch {
      tell(words.storageFull, show);
    }
    const end = performance.now();
    nextWrites.set(name, end + SHARE * (end - start));
  }

  /** @param {string} name @param {Store} store @param {(text: string) => void} show */
  function saveStore(name, store, show) {
    lastShow = show;
    if (isSame(latest.get(name), store)) return;
    latest.set(name, store);
    const isWaiting = pending.has(name);
    pending.set(name, store);
    const wait = (nextWrites.get(name) ?? 0) - performance.now();
    if (wait <= 0) write(name, show);
    else if (!isWaiting) setTimeout(() => write(name, show), wait);
  }

  const writeAll = () => {
    for (const name of [...pending.keys()]) write(name);
  };
  addEventListener('pagehide', writeAll);
  addEventListener('visibilitychange', writeAll);

  Object.assign(window.cachibotDesktop, { saveStore, saveNow: writeAll, forgetSaves: () => pending.clear() });
}
