// Runs in the bar of a download as a plain script: no import, no export, or the compiler would make it a module.

(() => {
  const { cachibotShell } = window as unknown as { cachibotShell: import('../ipc/core/contract').ShellApi };
  const byId = (id: string) => document.getElementById(id) as HTMLElement;
  const progress = byId('progress') as HTMLProgressElement;

  byId('show').onclick = () => cachibotShell.download('show');
  byId('cancel').onclick = () => cachibotShell.download('cancel');
  byId('close').onclick = () => cachibotShell.download('close');
  document.onkeydown = event => {
    if (event.key === 'Escape') cachibotShell.download('close');
  };

  cachibotShell.onDownload(({ text, percent, choice }) => {
    const shown = byId('text');
    // A screen reader repeats a text that is set again.
    if (shown.textContent !== text) shown.textContent = text;
    progress.hidden = percent === undefined;
    if (typeof percent === 'number') progress.value = percent;
    else progress.removeAttribute('value');
    byId('show').hidden = choice !== 'show';
    byId('cancel').hidden = choice !== 'cancel';
  });
})();
