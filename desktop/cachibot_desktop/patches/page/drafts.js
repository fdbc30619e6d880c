// @ts-check
// Keeps what is typed and not sent, for each user and each chat or room. drafts.py patches the message boxes to use it.

{
  const DRAFTS = 'cachibot-desktop:drafts';

  /** Text by place: the user and the chat, the room, or the bot of a new chat. @returns {Record<string, string>} */
  function read() {
    try {
      return JSON.parse(localStorage.getItem(DRAFTS) ?? '{}') ?? {};
    } catch {
      return {}; // damaged, or too large to be written completely
    }
  }

  let drafts = read();

  /** Render the message boxes. @type {Set<() => void>} */
  const renderers = new Set();

  const subscribe = (/** @type {() => void} */ render) => {
    renderers.add(render);
    return () => renderers.delete(render);
  };

  /**
   * Keeps a text until another one replaces it.
   * @param {string} place
   * @param {string} text
   */
  function keepDraft(place, text) {
    const { [place]: _, ...others } = drafts;
    drafts = text === '' ? others : { ...others, [place]: text };
    try {
      localStorage.setItem(DRAFTS, JSON.stringify(drafts));
    } catch {
      // The storage is full: the text is there until the page is left.
    }
    window.cachibotDesktop.draftChanged?.(place, text);
    for (const render of renderers) render();
  }

  /**
   * A state of React's, in place of `useState('')` in a message box: the text of this place. The setter never changes,
   * because the page uses it in memoized functions.
   * @param {any} react
   * @param {string} place
   * @returns {[string, (text: string) => void]}
   */
  function useDraft(react, place) {
    const text = react.useSyncExternalStore(subscribe, () => drafts[place] ?? '');
    const current = react.useRef(place);
    current.current = place;
    const set = react.useCallback((/** @type {string} */ text) => keepDraft(current.current, text), []);
    return [text, set];
  }

  /** Forgets the text of a chat, room or bot that is deleted, of all users. @param {string} id such as `chat ID` */
  function forgetDraft(id) {
    for (const place of Object.keys(drafts)) if (place.endsWith(` ${id}`)) keepDraft(place, '');
  }

  Object.assign(window.cachibotDesktop, { useDraft, keepDraft, forgetDraft });
}
