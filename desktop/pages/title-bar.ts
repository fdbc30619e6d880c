// Runs in the pages that cover the main window, as a plain script: no import, no export, or the compiler would make it a
// module. They draw the window's title bar where the window has none.

(() => {
  const { cachibotShell } = window as unknown as { cachibotShell: import('../ipc/core/contract').ShellApi };
  const byId = (id: string) => document.getElementById(id) as HTMLElement;
  byId('title-bar').hidden = location.search !== '?title-bar';
  const maximize = byId('maximize');
  const { maximize: larger = '', restore: smaller = '' } = maximize.dataset;

  byId('minimize').onclick = () => cachibotShell.minimizeWindow();
  maximize.onclick = () => cachibotShell.maximizeWindow();
  byId('close').onclick = () => cachibotShell.closeWindow();

  async function showState(): Promise<void> {
    const isMaximized = await cachibotShell.isWindowMaximized();
    maximize.title = isMaximized ? smaller : larger;
    maximize.setAttribute('aria-label', maximize.title);
    maximize.classList.toggle('maximized', isMaximized);
  }
  window.addEventListener('resize', () => void showState());
  void showState();
})();
