// @ts-check
// Shows the requests for the user's approval one after the other, and removes those of answers that have ended. The
// page has one dialog; answers.py patches it to call this.

{
  /** Before the next request is shown, so that a double click does not answer it unread. */
  const PAUSE_MS = 700;

  /** @typedef {{ id: string, chatId?: string }} Request */

  /** Oldest first. @type {readonly Request[]} */
  let requests = [];
  /** The request in the dialog; null: the dialog is closed. @type {Request | null} */
  let shown = null;
  /** Shows a request in the dialog, or closes it. @type {(request: Request | null) => void} */
  let show = () => {};
  let isPausing = false;

  function update() {
    const [first = null] = requests;
    if (isPausing || first === shown) return;
    const isOpen = shown !== null;
    shown = isOpen ? null : first;
    show(shown);
    if (!isOpen) return;
    isPausing = true;
    setTimeout(() => {
      isPausing = false;
      update();
    }, PAUSE_MS);
  }

  Object.assign(window.cachibotDesktop, {
    /**
     * Adds a request; null: the user has answered the one that is shown.
     * @param {Request | null} request
     * @param {(request: Request | null) => void} showInDialog
     */
    setApproval: (request, showInDialog) => {
      show = showInDialog;
      if (request === null) requests = requests.filter(other => other !== shown);
      // The server repeats the requests of an answer for a page that connects again.
      else if (!requests.some(({ id }) => id === request.id)) requests = [...requests, request];
      update();
    },
    /** Removes the requests of a chat, because its answer has ended. @param {string} chat */
    forgetApprovals: chat => {
      requests = requests.filter(({ chatId }) => chatId !== chat);
      update();
    },
  });
}
