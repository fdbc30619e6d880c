// Runs in the failure page as a plain script: no import, no export, or the compiler would make it a module.

(() => {
  const { cachibotShell } = window as unknown as { cachibotShell: import('../ipc/core/contract').ShellApi };
  const byId = (id: string) => document.getElementById(id) as HTMLElement;

  byId('retry').onclick = () => cachibotShell.retry();
  byId('stop').onclick = async () => {
    const button = byId('stop') as HTMLButtonElement;
    button.disabled = true;
    byId('outcome').textContent = 'It is asked to stop, and given time to finish what it does…';
    const gone = await cachibotShell.stopHolder().catch(() => false); // the log has the reason
    button.disabled = false;
    byId('outcome').textContent = gone ? '' : 'It has not stopped. Stop it where you have started it, then try again.';
  };
  byId('logs').onclick = () => cachibotShell.openLogs();
  byId('back').onclick = () => cachibotShell.rollBack();
  byId('quit').onclick = () => cachibotShell.quit();
  byId('copy').onclick = async () => {
    await cachibotShell.copyDetails();
    byId('copy').textContent = 'Copied';
  };
  byId('report').onclick = async () => {
    const button = byId('report') as HTMLButtonElement;
    button.disabled = true;
    const saved = await cachibotShell.saveReport().catch(() => false); // the log has the reason
    button.disabled = false;
    button.textContent = saved ? 'Report saved' : 'Save report…';
  };

  cachibotShell.onScreen(screen => {
    if (screen.kind !== 'failure') return;
    byId('title').textContent = screen.title;
    byId('detail').textContent = screen.detail;
    byId('lines').textContent = screen.lines.join('\n');
    byId('lines').hidden = byId('heading').hidden = screen.lines.length === 0;
    byId('outcome').textContent = '';
    byId('stop').hidden = !screen.offersStop;
    byId('retry').classList.toggle('first', !screen.offersStop);
    byId('back').hidden = screen.rollBack === undefined;
    byId('back').textContent = screen.rollBack ?? '';
    byId('copy').textContent = 'Copy details';
    byId('report').textContent = 'Save report…';
    byId(screen.offersStop ? 'stop' : 'retry').focus();
  });
})();
