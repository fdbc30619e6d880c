import { app, powerMonitor, screen } from 'electron';

interface Listeners {
  /** Before the machine sleeps: it may not wake again. */
  onSuspend(): void;
  onResume(): void;
  /** The machine shuts down, or the user logs out. */
  onShutdown(): void;
  /** A display was added, removed or changed. */
  onDisplayChange(): void;
  log(line: string): void;
}

/**
 * Listens to events of the whole machine. Call it when the app is ready. Windows reports a shutdown to windows only, see
 * `window/main-window.ts`.
 */
export function watchPowerEvents({ onSuspend, onResume, onShutdown, onDisplayChange, log }: Listeners): void {
  powerMonitor.on('suspend', () => {
    log('the machine goes to sleep');
    onSuspend();
  });
  powerMonitor.on('resume', () => {
    log('the machine is awake again');
    onResume();
  });
  // After `preventDefault` Linux and macOS wait for the app, up to their own limit.
  powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    log('the machine is shut down');
    event?.preventDefault();
    onShutdown();
  });
  for (const change of ['display-added', 'display-removed', 'display-metrics-changed'] as const)
    screen.on(change as 'display-added', onDisplayChange);
  // Chromium restarts these processes itself; `main-page.ts` and `shell-window.ts` handle those of the pages.
  app.on('child-process-gone', (_event, { type, name, reason, exitCode }) => {
    log(`Chromium's ${name ?? type} exited: ${reason} (${exitCode})`);
  });
}
