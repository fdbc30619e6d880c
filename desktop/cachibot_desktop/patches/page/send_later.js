// @ts-check
// Sends a message that the user has sent before the page was connected, once it is. send_later.py patches the message
// box to use it.

{
  const { words } = window.cachibotDesktop;
  const DOT = 'chat-status-bar__dot';

  /** The page has been connected since it was loaded. */
  let wasConnected = false;

  /**
   * A hook for the form of a message box.
   * @param {any} react
   * @param {boolean} isConnected
   * @param {string} message its chat and its text: another message is not sent
   */
  function useSendLater(react, isConnected, message) {
    const [waiting, setWaiting] = react.useState(null);
    const isWaiting = waiting?.message === message;
    wasConnected ||= isConnected;
    react.useEffect(() => {
      if (!waiting || (isWaiting && !isConnected)) return;
      setWaiting(null);
      if (isWaiting) waiting.form.requestSubmit();
    }, [waiting, isWaiting, isConnected]);
    const lost = wasConnected ? words.notConnected : words.connecting;
    return {
      /**
       * Waits for the connection.
       * @param {{ currentTarget?: Element }} event of the form or of its text field; the button of a card has none
       * @returns {boolean} whether the message is sent later
       */
      wait: ({ currentTarget }) => {
        const form = currentTarget?.closest('form');
        if (form) setWaiting({ message, form });
        return form !== undefined;
      },
      /** A text for the connection's state, while there is none. */
      text: isWaiting ? words.sentLater : lost,
      /** Class of the dot before that text. */
      dot: wasConnected ? `${DOT}--disconnected` : `${DOT}--connecting`,
    };
  }

  Object.assign(window.cachibotDesktop, { useSendLater });
}
