// Runs in the settings window as a plain script: no import, no export, or the compiler would make it a module. The block
// keeps its names apart from those of the other pages.

{
  type View = import('../window/core/settings-view').SettingsView;
  type Row = import('../window/core/settings-view').SettingsRow;
  type RowOf<Kind extends Row['kind']> = Extract<Row, { kind: Kind }>;
  type Button = import('../window/core/settings-view').SettingsButton;

  const { cachibotShell } = window as unknown as { cachibotShell: import('../ipc/core/contract').ShellApi };
  const form = document.getElementById('sections') as HTMLFormElement;
  const waiting = document.getElementById('waiting') as HTMLElement;
  /** Stays in the page while it is empty: a screen reader reads only changes of an element that it knows. */
  const waitingText = document.getElementById('waiting-text') as HTMLElement;
  /** Shows another state of a row, by the row's id. */
  const updates = new Map<string, (row: Row) => void>();

  function create<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    properties: Partial<HTMLElementTagNameMap[Tag]>,
    ...children: (Node | string)[]
  ): HTMLElementTagNameMap[Tag] {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  function createButton({ action, label, enabled }: Button): HTMLButtonElement {
    const onclick = () => cachibotShell.settingsAction(action);
    return create('button', { type: 'button', id: action, disabled: !enabled, onclick }, label);
  }

  /** Changes a setting. Shows the reason beside the control if it is refused. */
  async function change(id: string, value: unknown): Promise<boolean> {
    const result = await cachibotShell
      .changeSetting(id, value)
      .catch((error: Error) => ({ success: false as const, error: error.message }));
    const problem = document.getElementById(`${id}-problem`);
    if (problem) problem.textContent = result.success ? '' : result.error;
    document.getElementById(id)?.setAttribute('aria-invalid', String(!result.success));
    return result.success;
  }

  /** Puts a control in a row with its label, its help and the place for a problem. */
  function inRow({ id, label, help }: Row, control: HTMLElement): HTMLElement {
    control.id = id;
    control.setAttribute('aria-describedby', `${id}-help ${id}-problem`);
    const name =
      control instanceof HTMLInputElement || control instanceof HTMLSelectElement
        ? create('label', { id: `${id}-label`, htmlFor: id }, label)
        : create('span', { id: `${id}-label`, className: 'label' }, label);
    if (name instanceof HTMLSpanElement) {
      control.setAttribute('role', 'group');
      control.setAttribute('aria-labelledby', name.id);
    }
    const isCheckbox = control instanceof HTMLInputElement && control.type === 'checkbox';
    const problem = create('p', { id: `${id}-problem`, className: 'problem' });
    problem.setAttribute('role', 'alert');
    return create(
      'div',
      { className: isCheckbox ? 'row check' : 'row' },
      ...(isCheckbox ? [control, name] : [name, control]),
      create('p', { id: `${id}-help`, className: 'help' }, help),
      problem,
    );
  }

  function createSwitch(first: RowOf<'switch'>): HTMLElement {
    const input = create('input', { type: 'checkbox' });
    let row = first;
    const show = (next: RowOf<'switch'>) => {
      row = next;
      input.checked = next.on;
    };
    input.onchange = async () => {
      if (!(await change(row.id, input.checked))) show(row);
    };
    updates.set(first.id, next => next.kind === 'switch' && show(next));
    return inRow(first, input);
  }

  function createChoice(first: RowOf<'choice'>): HTMLElement {
    const select = create('select', {}, ...first.options.map(({ value, label }) => create('option', { value }, label)));
    let row = first;
    const show = (next: RowOf<'choice'>) => {
      row = next;
      select.value = next.value;
    };
    select.onchange = async () => {
      if (!(await change(row.id, select.value))) show(row);
    };
    updates.set(first.id, next => next.kind === 'choice' && show(next));
    return inRow(first, select);
  }

  function createSeconds(first: RowOf<'seconds'>): HTMLElement {
    const input = create('input', { type: 'number', step: 'any', min: '1', max: '3600' });
    let shown = '';
    input.onchange = () => void change(first.id, input.value === '' ? null : Number(input.value));
    updates.set(first.id, next => {
      // A text that the user types, or that was refused, stays.
      if (next.kind !== 'seconds' || (input.value !== shown && input.value !== String(next.value))) return;
      shown = input.value = String(next.value);
    });
    return inRow(first, input);
  }

  function createProxy(first: RowOf<'proxy'>): HTMLElement {
    const select = create('select', {}, ...first.options.map(({ value, label }) => create('option', { value }, label)));
    const input = create('input', { type: 'text', id: `${first.id}-address`, spellcheck: false });
    input.setAttribute('aria-label', first.typed);
    input.setAttribute('aria-describedby', `${first.id}-help ${first.id}-problem`);
    let row: RowOf<'proxy'> | undefined;
    const show = (next: RowOf<'proxy'>) => {
      row = next;
      select.value = next.value;
      input.value = next.address;
      input.hidden = next.value !== 'manual';
    };
    select.onchange = async () => {
      input.hidden = select.value !== 'manual';
      // The address is not known yet.
      if (select.value === 'manual') input.focus();
      else if (!(await change(first.id, select.value)) && row) show(row);
    };
    input.onchange = () => void change(first.id, input.value);
    updates.set(first.id, next => {
      // A choice that the user has not completed stays.
      if (next.kind === 'proxy' && JSON.stringify(next) !== JSON.stringify(row)) show(next);
    });
    const inner = inRow(first, select);
    select.after(' ', input);
    return inner;
  }

  function createList(first: RowOf<'list'>): HTMLElement {
    const { add = '', remove: removeWord = '' } = form.dataset;
    const list = create('ul', {});
    const none = create('p', { className: 'none' }, first.none);
    const group = create('div', { tabIndex: -1 }, list, none);
    let row = first;
    const remove = (value: string) => {
      const left = row.items.map(item => item.value).filter(item => item !== value);
      void change(row.id, left);
    };
    const createItem = (item: (typeof row.items)[number]) => {
      const removeButton = create('button', { type: 'button', onclick: () => remove(item.value) }, removeWord);
      removeButton.setAttribute('aria-label', item.remove);
      return create('li', {}, create('span', {}, item.label), removeButton);
    };
    const select = create('select', {});
    if (first.more) {
      select.setAttribute('aria-label', first.more.label);
      const onclick = () => void change(row.id, [...row.items.map(({ value }) => value), select.value]);
      group.append(create('div', { className: 'add' }, select, create('button', { type: 'button', onclick }, add)));
    }
    const show = (next: RowOf<'list'>) => {
      const focused = [...list.children].findIndex(item => item.contains(document.activeElement));
      row = next;
      list.replaceChildren(...next.items.map(createItem));
      none.hidden = next.items.length > 0;
      select.replaceChildren(...(next.more?.items ?? []).map(({ value, label }) => create('option', { value }, label)));
      if (focused < 0) return;
      const buttons = list.querySelectorAll('button');
      (buttons[Math.min(focused, buttons.length - 1)] ?? group).focus();
    };
    updates.set(first.id, next => {
      if (next.kind === 'list' && (next === first || JSON.stringify(next) !== JSON.stringify(row))) show(next);
    });
    return inRow(first, group);
  }

  function createButtons(first: RowOf<'buttons'>): HTMLElement {
    const text = create('span', { className: 'text' });
    const buttons = create('span', { className: 'buttons' });
    updates.set(first.id, next => {
      if (next.kind !== 'buttons') return;
      text.textContent = next.text;
      const label = (button: Button) => `${button.label}${button.enabled}`;
      if (next !== first && next.buttons.map(label).join() === buttons.dataset['shown']) return;
      buttons.dataset['shown'] = next.buttons.map(label).join();
      const focused = document.activeElement?.id ?? '';
      buttons.replaceChildren(...next.buttons.map(createButton));
      if (next.buttons.some(({ action }) => action === focused)) document.getElementById(focused)?.focus();
    });
    return inRow(first, create('div', { className: 'actions' }, text, buttons));
  }

  function createRow(row: Row): HTMLElement {
    switch (row.kind) {
      case 'switch':
        return createSwitch(row);
      case 'choice':
        return createChoice(row);
      case 'seconds':
        return createSeconds(row);
      case 'proxy':
        return createProxy(row);
      case 'list':
        return createList(row);
      case 'buttons':
        return createButtons(row);
    }
  }

  function showWaiting(view: View): void {
    const { text = '', button } = view.waiting ?? {};
    if (waitingText.textContent === text) return;
    waitingText.textContent = text;
    waiting.replaceChildren(waitingText, ...(button === undefined ? [] : [createButton(button)]));
  }

  cachibotShell.onSettings(view => {
    const isFirst = form.childElementCount === 0;
    if (isFirst)
      for (const { id, title, rows } of view.sections)
        form.append(create('fieldset', { id }, create('legend', {}, title), ...rows.map(createRow)));
    for (const row of view.sections.flatMap(({ rows }) => rows)) updates.get(row.id)?.(row);
    showWaiting(view);
    if (isFirst) form.querySelector('input')?.focus({ preventScroll: true });
  });

  form.onsubmit = event => event.preventDefault();
  document.onkeydown = ({ key, isComposing }) => {
    if (key !== 'Escape' || isComposing) return;
    // A field that loses the focus saves its text.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    window.close();
  };
}
