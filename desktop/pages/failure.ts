// Runs in the failure page as a plain script: no import, no export, or the compiler would make it a module.

(() => {
  const { cachibotShell } = window as unknown as { cachibotShell: import('../ipc/core/contract').ShellApi };
  const byId = (id: string) => document.getElementById(id) as HTMLElement;
  // The words are in the page's HTML, because this script cannot import them.
  const { requested = '', notStopped = '' } = byId('outcome').dataset;
  const labels = { copy: byId('copy').textContent, report: byId('report').textContent };
  const showDone = (id: keyof typeof labels) => (byId(id).textContent = byId(id).dataset['done'] ?? '');

  byId('retry').onclick = () => cachibotShell.retry();
  byId('relaunch').onclick = () => cachibotShell.relaunch();
  byId('stop').onclick = async () => {
    const button = byId('stop') as HTMLButtonElement;
    button.disabled = true;
    byId('outcome').textContent = requested;
    const gone = await cachibotShell.stopDataOwner().catch(() => false); // the log has the reason
    button.disabled = false;
    byId('outcome').textContent = gone ? '' : notStopped;
  };
  byId('logs').onclick = () => cachibotShell.openLogs();
  byId('back').onclick = () => cachibotShell.rollBack();
  byId('restore').onclick = () => cachibotShell.restore();
  byId('back-up').onclick = () => cachibotShell.backUp();
  byId('settings').onclick = () => cachibotShell.openSettings();
  byId('quit').onclick = () => cachibotShell.quit();
  byId('copy').onclick = async () => {
    await cachibotShell.copyDetails();
    showDone('copy');
  };
  byId('report').onclick = async () => {
    const button = byId('report') as HTMLButtonElement;
    button.disabled = true;
    const saved = await cachibotShell.saveReport().catch(() => false); // the log has the reason
    button.disabled = false;
    button.textContent = labels.report;
    if (saved) showDone('report');
  };

  cachibotShell.onScreen(screen => {
    if (screen.kind !== 'failure') return;
    byId('title').textContent = screen.title;
    byId('detail').textContent = screen.detail;
    byId('lines').textContent = screen.lines.join('\n');
    byId('lines').hidden = byId('heading').hidden = screen.lines.length === 0;
    byId('outcome').textContent = '';
    byId('stop').hidden = !screen.offersStop;
    byId('relaunch').hidden = !screen.offersRestart;
    byId('retry').classList.toggle('first', !screen.offersStop && !screen.offersRestart);
    byId('back').hidden = screen.rollBack === undefined;
    byId('back').textContent = screen.rollBack ?? '';
    byId('copy').textContent = labels.copy;
    byId('report').textContent = labels.report;
    byId(screen.offersStop ? 'stop' : screen.offersRestart ? 'relaunch' : 'retry').focus();
  });
})();
