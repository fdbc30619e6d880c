import { app, powerMonitor, session } from 'electron';
import { createMachineReports, type MachineReports } from '../server/machine-reports';
import type { Backend } from '../server/supervisor';
import { followProxySetting } from '../settings/session-proxy';
import type { SettingsStore } from '../settings/store';
import type { LoginEnvironment } from '../system/core/login-environment';

interface Options {
  /** Reads the variables of the login shell that the server is to get, if any. */
  readLoginShell?: (() => Promise<LoginEnvironment>) | undefined;
  backend: Pick<Backend, 'token' | 'onChange' | 'use'>;
  port: number;
  settings: SettingsStore;
  log(line: string): void;
}

/**
 * Keeps the server informed of the machine's time zone and proxies, and of the login shell's variables. Call it when the app
 * is ready.
 */
export function reportMachineSettings({ backend, port, settings, log, readLoginShell }: Options): MachineReports {
  let fromLoginShell: LoginEnvironment | undefined;
  const proxyApplied = followProxySetting(session.defaultSession, settings, log);
  const reports = createMachineReports({
    port,
    token: () => backend.token,
    zone: machineZone,
    // Not the page's session, which uses no proxy.
    resolveProxy: async url => {
      await proxyApplied();
      return session.defaultSession.resolveProxy(url);
    },
    environment: () => fromLoginShell,
    isIdle: () => backend.use.isIdle,
    log,
  });
  void readLoginShell?.().then(variables => {
    fromLoginShell = variables;
    reports.now();
  });
  backend.onChange(state => {
    if (state.phase === 'ready') reports.now();
  });
  backend.use.onNote(reports.used);
  settings.onChange((now, before) => {
    if (now.proxy !== before.proxy) reports.now();
  });
  // The user may come back from the system's settings.
  app.on('browser-window-focus', reports.now);
  powerMonitor.on('resume', reports.now);
  reports.now(); // the server may be ready already
  return reports;
}

/** The zone's name now. Node reads it once, and again when this variable is set or deleted. */
function machineZone(): string {
  if (process.env['TZ'] === undefined) delete process.env['TZ'];
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
