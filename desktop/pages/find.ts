// Runs in the find bar as a plain script: no import, no export, or the compiler would make it a module.

(() => {
  const { cachibotShell } = window as unknown as { cachibotShell: import('../ipc/core/contract').ShellApi };
  const byId = (id: string) => document.getElementById(id) as HTMLElement;
  const box = byId('text') as HTMLInputElement;
  const count = byId('count');

  box.oninput = () => cachibotShell.find({ text: box.value });
  byId('next').onclick = () => cachibotShell.find('next');
  byId('previous').onclick = () => cachibotShell.find('previous');
  byId('close').onclick = () => cachibotShell.find('close');
  document.onkeydown = event => {
    if (event.isComposing) return;
    if (event.key === 'Escape') cachibotShell.find('close');
    if (event.key === 'Enter' && event.target === box) cachibotShell.find(event.shiftKey ? 'previous' : 'next');
  };

  cachibotShell.onFind(state => {
    if ('text' in state) return offer(state.text);
    count.textContent = box.value === '' ? '' : `${state.current}/${state.matches}`;
    box.setAttribute('aria-invalid', String(box.value !== '' && state.matches === 0));
  });

  function offer(text: string): void {
    box.value = text;
    box.focus();
    box.select();
    if (text !== '') cachibotShell.find({ text });
  }
})();
