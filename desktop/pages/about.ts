// Runs in the About window as a plain script: no import, no export, or the compiler would make it a module.

(() => {
  const { cachibotShell } = window as unknown as { cachibotShell: import('../ipc/core/contract').ShellApi };
  const byId = (id: string) => document.getElementById(id) as HTMLElement;

  byId('close').onclick = () => window.close();
  byId('copy').onclick = async () => {
    await cachibotShell.copyVersions();
    byId('outcome').textContent = byId('copy').dataset['done'] ?? '';
  };

  cachibotShell.onAbout(({ versions, targets }) => {
    byId('versions').replaceChildren(
      ...versions.flatMap(([name, value]) => [withText('dt', name), withText('dd', value)]),
    );
    byId('close').focus();
    for (const target of targets) {
      const link = byId(target);
      link.hidden = false;
      if (link.parentElement instanceof HTMLLIElement) link.parentElement.hidden = false;
      link.onclick = () => cachibotShell.openAboutTarget(target);
    }
  });

  function withText(tag: 'dt' | 'dd', text: string): HTMLElement {
    const element = document.createElement(tag);
    element.textContent = text;
    return element;
  }
})();
