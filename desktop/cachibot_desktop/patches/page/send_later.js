// @ts-check
// Sends a message that the user has sent before the page was connected, once it is. send_later.py patches the message
// box to use it.

{
  const { words } = window.cachibotDesktop;
  const DOT = 'chat-status-bar__dot';
  const BOX = 'textarea.chat-textarea';
  /** Key of the message in the storage of this window: a reload keeps it, a restart makes it a draft. */
  const WAITING = 'cachibot-desktop:send-later';
  /** A start that takes longer is slow. */
  const SLOW_MS = 8_000;

  /** The page has been connected since it was loaded. */
  let wasConnected = false;

  /** @typedef {{ place: string, text: string }} Message `place`: the chat, or the bot of a new chat */

  /** @returns {Message | null} */
  const read = () => JSON.parse(sessionStorage.getItem(WAITING) ?? 'null');

  /**
   * A hook for the form of a message box, which is at `place` and contains `text`.
   * @param {any} react
   * @param {boolean} isConnected
   * @param {string} place
   * @param {string} text
   */
  function useSendLater(react, isConnected, place, text) {
    const [waiting, setWaiting] = react.useState(read);
    const [isSlow, setSlow] = react.useState(false);
    /** @param {Message | null} message */
    const change = message => {
      sessionStorage.setItem(WAITING, JSON.stringify(message));
      setWaiting(message);
    };
    const isHere = waiting?.place === place;
    wasConnected ||= isConnected;
    react.useEffect(() => {
      // Another text has to be sent again.
      if (isHere && waiting.text !== text) return change(null);
      if (!isHere || !isConnected) return;
      change(null);
      /** @type {HTMLTextAreaElement | null} */ (document.querySelector(BOX))?.form?.requestSubmit();
    }, [isHere, waiting, text, isConnected]);
    react.useEffect(() => {
      if (isConnected) return;
      const timer = setTimeout(() => setSlow(true), SLOW_MS);
      return () => clearTimeout(timer);
    }, [isConnected]);
    const connecting = isSlow ? words.stillStarting : words.connecting;
    return {
      /**
       * Waits for the connection.
       * @param {{ currentTarget?: Element }} event of the form or of its text field; the button of a card has none
       * @returns {boolean} whether the message is sent later
       */
      wait: ({ currentTarget }) => {
        if (currentTarget) change({ place, text });
        return currentTarget !== undefined;
      },
      /** A text for the connection's state, while there is none. */
      text: isHere ? words.sentLater : wasConnected ? words.notConnected : connecting,
      /** Class of the dot before that text. */
      dot: wasConnected ? `${DOT}--disconnected` : `${DOT}--connecting`,
    };
  }

  Object.assign(window.cachibotDesktop, { useSendLater });
}
