// Runs in the overlay as a plain script: no import, no export, or the compiler would make it a module.

(() => {
  const { cachibotShell } = window as unknown as { cachibotShell: import('../ipc/core/contract').ShellApi };
  const byId = (id: string) => document.getElementById(id) as HTMLElement;

  const choices: { readonly [Name in import('../window/core/screen').Choice]: () => void } = {
    dismiss: () => cachibotShell.dismiss(),
    wait: () => cachibotShell.keepWaiting(),
    restart: () => cachibotShell.restart(),
    reload: () => cachibotShell.reload(),
    relaunch: () => cachibotShell.relaunch(),
    logs: () => cachibotShell.openLogs(),
  };
  for (const [name, choose] of Object.entries(choices)) byId(name).onclick = choose;

  document.onkeydown = ({ key }) => {
    if (key !== 'Escape') return;
    // Only choices that change nothing.
    for (const name of ['dismiss', 'wait'] as const) if (!byId(name).hidden) return choices[name]();
  };

  cachibotShell.onOverlay(overlay => {
    byId('title').textContent = overlay.title;
    byId('text').textContent = overlay.text;
    byId('busy').hidden = !overlay.busy;
    const offered: readonly string[] = overlay.choices;
    for (const name of Object.keys(choices)) byId(name).hidden = !offered.includes(name);
    // Not a button: keys typed into the page when the overlay appeared must not press it.
    byId('dialog').focus();
  });
})();
