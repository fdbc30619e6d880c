import { app, powerMonitor, session } from 'electron';
import { createMachineReports } from '../server/machine-reports';
import type { Backend } from '../server/supervisor';

interface Options {
  backend: Pick<Backend, 'token' | 'onChange'>;
  port: number;
  log(line: string): void;
}

/** Keeps the server informed of the machine's time zone and proxies. Call it when the app is ready. */
export function reportMachineSettings({ backend, port, log }: Options): void {
  const report = createMachineReports({
    port,
    token: () => backend.token,
    zone: machineZone,
    // Not the page's session, which uses no proxy.
    resolveProxy: url => session.defaultSession.resolveProxy(url),
    log,
  });
  backend.onChange(state => {
    if (state.phase === 'ready') report();
  });
  // The user may come back from the system's settings.
  app.on('browser-window-focus', report);
  powerMonitor.on('resume', report);
}

/** The zone's name now. Node reads it once, and again when this variable is set or deleted. */
function machineZone(): string {
  if (process.env['TZ'] === undefined) delete process.env['TZ'];
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
