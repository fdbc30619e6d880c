// @ts-check
// Lets the user choose the folder in which the agent works. work_folder.py patches the page to call it.

{
  const { words } = window.cachibotDesktop;

  /** @param {{ getState(): any }} store the page's store of the configuration */
  async function chooseWorkFolder(store) {
    const folder = await window.electronAPI?.chooseFolder?.();
    if (!folder) return;
    const response = await fetch('/api/desktop/work-folder', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ folder }),
    }).catch(() => null);
    const { folder: chosen, detail } = (await response?.json().catch(() => null)) ?? {};
    const { config, setConfig } = store.getState();
    if (response?.ok && config) setConfig({ ...config, workspacePath: chosen });
    else if (!response?.ok) window.cachibotDesktop.complain?.(detail ?? words.disconnected);
  }

  Object.assign(window.cachibotDesktop, { chooseWorkFolder });
}
