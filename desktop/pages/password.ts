// Runs in the password page as a plain script: no import, no export, or the compiler would make it a module.

(() => {
  const byId = <Kind extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as Kind;
  const encrypts = location.search === '?encrypt';
  const first = byId<HTMLInputElement>('first');
  const second = byId<HTMLInputElement>('second');
  for (const id of ['title', 'text', 'done']) {
    const element = byId(id);
    element.textContent = element.dataset[encrypts ? 'encrypt' : 'open'] ?? '';
  }
  byId('repeated').hidden = byId('without').hidden = !encrypts;

  const answer = new Promise<string | null>(resolve => {
    const finish = () => {
      if (first.value === '') return first.focus();
      if (encrypts && first.value !== second.value) {
        byId('problem').textContent = byId('problem').dataset['different'] ?? '';
        return second.select();
      }
      resolve(first.value);
    };
    byId('done').onclick = finish;
    byId('without').onclick = () => resolve('');
    byId('cancel').onclick = () => resolve(null);
    document.onkeydown = ({ key, isComposing, target }) => {
      if (key === 'Escape') resolve(null);
      if (key === 'Enter' && !isComposing && target instanceof HTMLInputElement) finish();
    };
  });
  Object.assign(window, { answer }); // password-window.ts reads it
  first.focus();
})();
