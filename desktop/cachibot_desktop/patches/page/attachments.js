// @ts-check
// Attaches files to a message by the paperclip, by dropping or by pasting them: a line in the message box names each.
// attachments.py patches the page; gateway/asgi.py saves the files.

{
  const { words } = window.cachibotDesktop;

  /** As in attachments/folder.py. */
  const MOST_BYTES = 50_000_000;
  const ATTACHED = /^Attached: /;
  /** Long enough for the slowest disk; a message waits for it. */
  const LIMIT_MS = 60_000;

  /** @returns {HTMLTextAreaElement | null} the message box of the chat or room that is shown */
  const messageBox = () => document.querySelector('textarea.chat-textarea');

  /** @param {string} text @param {string} name @returns {false} */
  function refuse(text, name) {
    window.cachibotDesktop.complain?.(
      text.replace('{name}', () => name).replace('{megabytes}', String(MOST_BYTES / 1_000_000)),
    );
    return false;
  }

  /** Adds a line at the end of a text. @param {string} text @param {string} line */
  function withLine(text, line) {
    const kept = text.trimEnd();
    return `${kept}${ATTACHED.test(kept.split('\n').at(-1) ?? '') ? '\n' : '\n\n'}${line}`;
  }

  /** Adds a line to the text in the message box, and leaves the cursor where the user types. @param {string} line */
  function addLine(line) {
    const box = messageBox();
    if (!box) return;
    const { length } = box.value.trimEnd();
    const { selectionStart } = box;
    // The setter of the element's class: React overrides that of the element, and would ignore the event.
    const { set } = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value') ?? {};
    set?.call(box, withLine(box.value, line));
    window.cachibotDesktop.addToMessage?.(() => box.dispatchEvent(new Event('input', { bubbles: true })));
    box.focus();
    box.setSelectionRange(Math.min(selectionStart, length), Math.min(selectionStart, length));
  }

  /**
   * @param {File} file
   * @param {string | undefined} place of the message box in which the user has attached it (drafts.js)
   * @returns {Promise<boolean>} whether a line names it
   */
  async function attach(file, place) {
    const { pathname } = location;
    if (file.size > MOST_BYTES) return refuse(words.attachmentTooLarge, file.name);
    /** @type {ArrayBuffer} */
    let content;
    try {
      content = await file.arrayBuffer();
    } catch {
      return refuse(words.attachmentUnreadable, file.name); // a folder, or deleted meanwhile
    }
    const query = new URLSearchParams({ name: file.name || 'file' });
    const options = { method: 'POST', body: content, signal: AbortSignal.timeout(LIMIT_MS) };
    const response = await fetch(`/api/desktop/attachment?${query}`, options).catch(() => null);
    const { line, detail } = (await response?.json().catch(() => null)) ?? {};
    if (!response?.ok || !line) return refuse(detail ?? words.attachmentFailed, file.name);
    if (location.pathname === pathname) addLine(line);
    else if (!window.cachibotDesktop.addToWaiting?.(place, text => withLine(text, line)))
      return refuse(words.attachmentLate, file.name);
    return true;
  }

  /** A message that waits for the connection waits for the files, too. @param {Iterable<File>} files */
  async function attachAll(files) {
    const all = [...files]; // the browser empties `files` when the event handler returns
    await window.cachibotDesktop.holdMessage?.(async place => {
      let isComplete = true;
      for (const file of all) isComplete = (await attach(file, place)) && isComplete;
      return isComplete;
    });
  }

  function chooseFiles() {
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    input.addEventListener('change', () => void attachAll(input.files ?? []));
    input.click();
  }

  document.addEventListener('click', ({ target }) => {
    if (target instanceof Element && target.closest('.chat-input-btn--attach:enabled')) chooseFiles();
  });

  /** @param {DataTransfer | null} data */
  const hasFiles = data => data?.types.includes('Files') ?? false;

  /** Whether a file can be dropped here: on a chat, whose message box can be used. @param {EventTarget | null} target */
  const isChat = target =>
    target instanceof Element &&
    target.closest('main') !== null &&
    document.querySelector('.chat-input-btn--attach:enabled') !== null;

  // Places of the page that take files themselves have handled the event before.
  addEventListener('dragover', event => {
    if (event.defaultPrevented || !event.dataTransfer || !hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = isChat(event.target) ? 'copy' : 'none';
  });
  addEventListener('drop', event => {
    if (event.defaultPrevented || !event.dataTransfer || !hasFiles(event.dataTransfer)) return;
    event.preventDefault(); // the window would open the file
    if (isChat(event.target)) void attachAll(event.dataTransfer.files);
  });
  document.addEventListener('paste', event => {
    const { clipboardData, target } = event;
    if (!clipboardData?.files.length || clipboardData.types.includes('text/plain') || target !== messageBox()) return;
    event.preventDefault();
    void attachAll(clipboardData.files);
  });
}
