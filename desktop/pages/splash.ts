// Runs in the splash as a plain script: no import, no export, or the compiler would make it a module.

(() => {
  const { cachibotShell } = window as unknown as { cachibotShell: import('../ipc/core/contract').ShellApi };
  const byId = (id: string) => document.getElementById(id) as HTMLElement;

  byId('wait').onclick = () => cachibotShell.keepWaiting();
  byId('logs').onclick = () => cachibotShell.openLogs();

  cachibotShell.onScreen(splash => {
    if (splash.kind !== 'splash') return;
    byId('text').textContent = splash.text;
    byId('note').textContent = splash.note ?? '';
    byId('slow').hidden = !splash.slow;
  });
})();
