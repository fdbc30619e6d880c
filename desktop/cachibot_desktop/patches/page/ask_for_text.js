// @ts-check
// Asks for one line of text, in a dialog that looks like the page's own. prompts.py patches the page to call it.

{
  const { words } = window.cachibotDesktop;

  /**
   * @template {keyof HTMLElementTagNameMap} Name
   * @param {Name} name
   * @param {string} className
   * @param {object} [properties]
   * @returns {HTMLElementTagNameMap[Name]}
   */
  const make = (name, className, properties = {}) =>
    Object.assign(document.createElement(name), { className, ...properties });

  /**
   * Returns the text without spaces at its ends; null if the user cancels.
   * @param {string} question
   * @returns {Promise<string | null>}
   */
  function askForText(question) {
    const title = make('h2', 'text-dialog-title', { textContent: question, id: 'desktop-question' });
    const input = make('input', 'input', { type: 'text', maxLength: 255, required: true, autocomplete: 'off' });
    const cancel = make('button', 'btn btn--secondary btn--md', { type: 'button', textContent: words.cancel });
    const ok = make('button', 'btn btn--primary btn--md', { textContent: words.ok });
    const header = make('div', 'dialog__header');
    const body = make('div', 'dialog__body-base');
    const footer = make('div', 'dialog__footer');
    const buttons = make('div', 'flex items-center gap-2');
    const form = make('form', 'dialog__panel dialog__panel--sm');
    const dialog = make('dialog', 'desktop-question');
    header.append(title);
    body.append(input);
    buttons.append(cancel, ok);
    footer.append(make('div', ''), buttons);
    form.append(header, body, footer);
    dialog.append(form);
    dialog.style.cssText = 'margin:auto;padding:0;border:0;background:none;color:inherit;width:min(28rem,90vw)';
    for (const element of [dialog, input]) element.setAttribute('aria-labelledby', title.id);
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
    return new Promise(resolve => {
      /** @type {string | null} */
      let answer = null;
      form.addEventListener('submit', event => {
        event.preventDefault();
        answer = input.value.trim() || null;
        dialog.close();
      });
      cancel.addEventListener('click', () => dialog.close());
      dialog.addEventListener('close', () => {
        dialog.remove();
        resolve(answer);
      });
    });
  }

  /**
   * Creates a script with a name that the user types, and opens it.
   * @param {string} bot
   * @param {(path: string, init: object) => Promise<{ id: string }>} request the page's function for its API
   * @param {(path: string) => void} open
   */
  async function newScript(bot, request, open) {
    const name = await askForText(words.scriptName);
    if (name === null) return;
    try {
      const body = JSON.stringify({ name, sourceCode: words.scriptStart });
      const { id } = await request(`/bots/${encodeURIComponent(bot)}/scripts`, { method: 'POST', body });
      open(`/${bot}/automations/${id}/edit`);
    } catch (error) {
      window.cachibotDesktop.complain?.(error instanceof Error ? error.message : String(error));
    }
  }

  Object.assign(window.cachibotDesktop, { askForText, newScript });
}
