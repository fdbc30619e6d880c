import { app, powerMonitor, screen } from 'electron';

interface Listeners {
  /** Before the machine sleeps: it may not wake again. */
  sleeps(): void;
  wakes(): void;
  /** The machine shuts down, or the user logs out. */
  ends(): void;
  /** A display was added, removed or changed. */
  displaysChange(): void;
  log(line: string): void;
}

/** Calls the listeners for events of the whole machine. Call it when the app is ready. Windows tells shutdown to windows. */
export function watchPowerEvents({ sleeps, wakes, ends, displaysChange, log }: Listeners): void {
  powerMonitor.on('suspend', () => {
    log('the machine goes to sleep');
    sleeps();
  });
  powerMonitor.on('resume', () => {
    log('the machine is awake again');
    wakes();
  });
  // Linux and macOS wait for an app that asks them to, for as long as they allow.
  powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    log('the machine is shut down');
    event?.preventDefault();
    ends();
  });
  for (const change of ['display-added', 'display-removed', 'display-metrics-changed'] as const)
    screen.on(change as 'display-added', displaysChange);
  // Chromium restarts each of them by itself; `main-page.ts` and `shell-window.ts` handle the pages' own processes.
  app.on('child-process-gone', (_event, { type, name, reason, exitCode }) => {
    log(`Chromium's ${name ?? type} ended: ${reason} (${exitCode})`);
  });
}
