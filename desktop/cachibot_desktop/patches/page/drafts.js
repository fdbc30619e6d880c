// @ts-check
// Keeps what is typed and not sent, for each chat and each room. drafts.py patches the message boxes to use it.

{
  const DRAFTS = 'cachibot-desktop:drafts';

  /** Text by chat or room. @returns {Record<string, string>} */
  function read() {
    try {
      return JSON.parse(localStorage.getItem(DRAFTS) ?? '{}') ?? {};
    } catch {
      return {}; // damaged, or too large to be written completely
    }
  }

  let drafts = read();

  /**
   * Keeps a text until another one replaces it.
   * @param {string} place
   * @param {string} text
   */
  function keep(place, text) {
    const { [place]: _, ...others } = drafts;
    drafts = text === '' ? others : { ...others, [place]: text };
    try {
      localStorage.setItem(DRAFTS, JSON.stringify(drafts));
    } catch {
      // The storage is full: the text is there until the page is left.
    }
  }

  /**
   * A state of React's, in place of `useState('')` in a message box: the text of this chat or room. The setter never
   * changes, because the page uses it in memoized functions.
   * @param {any} react
   * @param {string} place
   * @returns {[string, (text: string) => void]}
   */
  function useDraft(react, place) {
    const [, render] = react.useReducer((/** @type {number} */ count) => count + 1, 0);
    const current = react.useRef(place);
    current.current = place;
    const set = react.useCallback((/** @type {string} */ text) => {
      keep(current.current, text);
      render();
    }, []);
    return [drafts[place] ?? '', set];
  }

  Object.assign(window.cachibotDesktop, { useDraft });
}
