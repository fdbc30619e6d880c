// Runs in the list of keys as a plain script: no import, no export, or the compiler would make it a module.

(() => {
  type Group = import('../window/core/shortcut-list').ShortcutGroup;
  const { cachibotShell } = window as unknown as { cachibotShell: import('../ipc/core/contract').ShellApi };
  const list = document.getElementById('list') as HTMLElement;

  function element(name: string, ...content: (Node | string)[]): HTMLElement {
    const made = document.createElement(name);
    made.append(...content);
    return made;
  }

  /** The keys that do the same, separated by a space each. */
  function keysOf(keys: readonly string[][]): (Node | string)[] {
    return keys.flatMap((parts, index) => [
      ...(index === 0 ? [] : ['  ']),
      element('span', ...parts.flatMap((part, at) => [...(at === 0 ? [] : ['+']), element('kbd', part)])),
    ]);
  }

  function groupOf({ title, rows }: Group): HTMLElement {
    const table = rows.flatMap(({ label, keys }) => [element('dt', label), element('dd', ...keysOf(keys))]);
    return element('section', element('h2', title), element('dl', ...table));
  }

  const close = document.getElementById('close') as HTMLElement;
  close.onclick = () => window.close();

  cachibotShell.onShortcuts(groups => {
    list.replaceChildren(...groups.map(groupOf));
    close.focus({ preventScroll: true });
  });
})();
