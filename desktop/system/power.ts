import { app, powerMonitor, screen } from 'electron';

interface Life {
  /** Before the machine sleeps, from which it may not wake. */
  sleeps(): void;
  wakes(): void;
  /** The machine is shut down, or the person logs out. */
  ends(): void;
  /** A display came, went or changed. */
  displaysChange(): void;
  log(line: string): void;
}

/** Follows what happens to the machine as a whole. After the app is ready. Windows tells its end to each window instead. */
export function followMachine({ sleeps, wakes, ends, displaysChange, log }: Life): void {
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
  // Chromium restarts each of them by itself; `main-page.ts` and `shell-window.ts` see to the pages' own processes.
  app.on('child-process-gone', (_event, { type, name, reason, exitCode }) => {
    log(`Chromium's ${name ?? type} ended: ${reason} (${exitCode})`);
  });
}
