// @ts-check
// The command palette: a field that finds commands, chats and bots. commands.js fills and opens it.

{
  /** @typedef {{ label: string, note?: string, run(): void }} Entry */

  const MOST = 50;

  /** The entries whose texts contain each word. @param {Entry[]} entries @param {string} text @returns {Entry[]} */
  function find(entries, text) {
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    const contains = (/** @type {Entry} */ { label, note = '' }) => {
      const all = `${label} ${note}`.toLowerCase();
      return wanted.every(word => all.includes(word));
    };
    return entries.filter(contains).slice(0, MOST);
  }

  /** @param {string} name @param {Record<string, string>} attributes @param {(Node | string)[]} content */
  function element(name, attributes, ...content) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...content);
    return made;
  }

  /** Creates the parts of the palette. */
  function createBox() {
    const { palette } = window.cachibotDesktop.words;
    const list = element('ul', { role: 'listbox', id: 'cachibot-palette-list', 'aria-label': palette.title });
    const field = /** @type {HTMLInputElement} */ (
      element('input', {
        type: 'text',
        role: 'combobox',
        'aria-expanded': 'true',
        'aria-controls': list.id,
        'aria-autocomplete': 'list',
        'aria-label': palette.title,
        placeholder: palette.title,
        autocomplete: 'off',
        spellcheck: 'false',
      })
    );
    const none = element('p', { role: 'status' });
    const ground = element(
      'div',
      { class: 'cachibot-palette' },
      element('div', { class: 'cachibot-palette__box' }, field, list, none),
    );
    return { field, list, none, ground };
  }

  /** Closes the palette that is open. @type {(() => void) | undefined} */
  let close;

  /** Opens the palette, or closes it. @param {Entry[]} entries */
  function togglePalette(entries) {
    if (close) return close();
    const before = document.activeElement;
    const { field, list, none, ground } = createBox();
    /** @type {Entry[]} */
    let found = [];
    let selected = 0;

    const select = (/** @type {number} */ index) => {
      selected = found.length === 0 ? 0 : (index + found.length) % found.length;
      for (const [at, option] of [...list.children].entries()) {
        option.setAttribute('aria-selected', String(at === selected));
        if (at === selected) option.scrollIntoView({ block: 'nearest' });
      }
      field.setAttribute('aria-activedescendant', list.children[selected]?.id ?? '');
    };
    const show = () => {
      found = find(entries, field.value);
      const options = found.map(({ label, note = '' }, at) => {
        const texts = [element('span', {}, label), element('small', {}, note)];
        const option = element('li', { role: 'option', id: `cachibot-palette-${at}` }, ...texts);
        option.addEventListener('click', () => run(at));
        return option;
      });
      list.replaceChildren(...options);
      none.textContent = found.length === 0 ? window.cachibotDesktop.words.palette.nothing : '';
      select(0);
    };
    const run = (/** @type {number} */ index) => {
      close?.();
      found[index]?.run();
    };
    close = () => {
      close = undefined;
      ground.remove();
      if (before instanceof HTMLElement) before.focus();
    };

    field.addEventListener('input', show);
    field.addEventListener('keydown', event => {
      if (event.isComposing) return;
      const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });
      const step = steps[event.key];
      if (step !== undefined) select(selected + step);
      else if (event.key === 'Enter') run(selected);
      else if (event.key === 'Escape' || event.key === 'Tab') close?.();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    ground.addEventListener('mousedown', event => {
      if (event.target === ground) close?.();
    });
    document.body.append(ground);
    show();
    field.focus();
  }

  Object.assign(window.cachibotDesktop, { togglePalette });

  const style = document.createElement('style');
  // Below the title bar, whose buttons stay usable.
  style.textContent = `
    .cachibot-palette { position: fixed; inset: 2rem 0 0; z-index: 75; display: flex; justify-content: center;
      align-items: flex-start; padding: 8vh 1rem 1rem; background: var(--color-bg-overlay, #0008); }
    .cachibot-palette__box { width: min(36rem, 100%); max-height: 100%; display: flex; flex-direction: column;
      overflow: hidden; border-radius: .75rem; border: 1px solid var(--color-border-primary);
      background: var(--color-bg-dialog); color: var(--color-text-primary); box-shadow: 0 12px 40px #0006; }
    .cachibot-palette input { padding: .75rem 1rem; border: 0; border-bottom: 1px solid var(--color-border-primary);
      outline: none; background: transparent; color: inherit; font: inherit; }
    .cachibot-palette ul { margin: 0; padding: .25rem; overflow-y: auto; list-style: none; }
    .cachibot-palette li { display: flex; justify-content: space-between; gap: 1rem; padding: .4rem .75rem;
      border-radius: .5rem; cursor: pointer; }
    .cachibot-palette li span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .cachibot-palette li small { flex-shrink: 0; opacity: .8; }
    .cachibot-palette li[aria-selected="true"] { background: var(--color-selected-bg, var(--color-hover-bg)); }
    .cachibot-palette li:hover { background: var(--color-hover-bg); }
    .cachibot-palette p { margin: 0; padding: .5rem 1rem .75rem; opacity: .8; }
    .cachibot-palette p:empty { display: none; }`;
  document.head.append(style);
}
