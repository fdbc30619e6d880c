// Loaded first: its clock starts before anything else is loaded.
import './first-line';
import { writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { app } from 'electron';
import { Backend, LIMITS } from './backend';
import { choosePort, createAttachedHost, createBackendHost, type Probe } from './backend-host';
import { withBundleChecked } from './bundle';
import { type Config, ORIGIN, PREFERRED_PORT, readConfig } from './core/config';
import { RUN_ID } from './core/processes';
import { serverEnvironment } from './core/server-environment';
import { began } from './first-line';
import { sweepInstanceLock, whyUnwritable } from './instance-lock';
import { keptFile } from './kept-file';
import { openLog } from './log';
import type { Processes } from './processes';
import { createRuns } from './runs';
import { openSettings } from './settings';

/** Where one run keeps everything. */
export interface Folders {
  /** What `~` is for the server. */
  home: string;
  logs: string;
  /** The shell's own state. */
  profile: string;
}

/** What is there before the app is ready; `app.ts` builds the rest upon it. */
export type Launch = Awaited<ReturnType<typeof launch>>;

function main(): void {
  let config: Config;
  try {
    config = readConfig({
      env: process.env,
      platform: process.platform,
      packaged: app.isPackaged,
      resources: app.isPackaged ? process.resourcesPath : join(app.getAppPath(), 'resources'),
      args: process.argv.slice(1),
      // npm runs scripts in the clone and keeps where the person stands in this variable.
      cwd: process.env['INIT_CWD'] ?? process.cwd(),
      isRoot: process.getuid?.() === 0,
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
  const folders = chooseFolders(config);

  if (config.mode === 'doctor') {
    // No window and no lock. On Linux without a screen it needs Chromium's --ozone-platform=headless beside it.
    void later('./doctor')
      .printReport(config, folders)
      .then(code => app.exit(code));
    return;
  }
  sweepInstanceLock(folders.profile);
  // Handed over to the one that runs already: Chromium's own account of them has switches of its own among them.
  if (!app.requestSingleInstanceLock({ args: process.argv.slice(1), cwd: process.cwd() })) {
    const reason = whyUnwritable(folders.profile);
    if (reason !== undefined)
      return refuse(
        `CachiBot cannot write to its own folder ${folders.profile}: ${reason}. Make that possible, then start it again.`,
      );
    console.log('CachiBot is already running. Its window comes forward.');
    return app.exit(0);
  }
  launch(config, folders)
    .then(launched => later('./app').openApp(launched))
    .catch((error: Error) => refuse(`CachiBot could not start: ${error.message}`));
}

/**
 * Begins the server. All of it happens before the app is ready, which takes ten times as long; so nothing is
 * loaded up to here that the server does not need.
 */
async function launch(config: Config, folders: Folders) {
  const { server, platform } = config;
  const log = openLog(join(folders.logs, 'main.log'));
  let table: Processes | undefined;
  const processes = () => (table ??= later('./processes').createProcesses(platform.processTable));
  const runs = createRuns({
    file: keptFile(join(folders.profile, 'run.json'), log.line, { ofThisBoot: true }),
    processes,
    shellPid: process.pid,
    recordAfterMs: platform.recordAfterMs,
    within: process.env[RUN_ID],
    log: log.line,
  });
  // The mapping of the origin to the real port works only when set before the app is ready.
  const portFound =
    server.kind === 'attached' ? PREFERRED_PORT : choosePort(config.mode === 'smoke' ? undefined : PREFERRED_PORT);
  const serverLog = openLog(join(folders.logs, 'server.log'));
  const settings = openSettings(keptFile(join(folders.profile, 'settings.json'), log.line), log.line);

  const port = await portFound;
  if (port !== PREFERRED_PORT) {
    app.commandLine.appendSwitch('host-resolver-rules', `MAP 127.0.0.1:${PREFERRED_PORT} 127.0.0.1:${port}`);
  }

  const probe: Probe = (...question) => later('./probe').probe(...question);
  const workspace = join(folders.home, 'CachiBot');
  const { homeVariable, processGroup } = platform;
  const own = {
    port,
    workspace,
    home: folders.home,
    homeVariable,
    shellPid: process.pid,
    version: app.getVersion(),
    hangFile: join(folders.logs, 'hang.txt'),
  };
  const host =
    server.kind === 'attached'
      ? createAttachedHost(server.url, probe)
      : createBackendHost({
          ...server,
          port,
          workspace,
          processGroup,
          probe,
          isStopped: pid => processes().isStopped(pid),
          hasEnded: pid => processes().hasEnded(pid),
          runs,
          environment: (runId, token) => {
            const { openV1: v1, openWebhooks: webhooks } = settings.get();
            return serverEnvironment(process.env, { ...own, runId, token, open: { v1, webhooks } });
          },
          output: serverLog.stream,
          log: log.line,
        });
  const bundle = server.kind === 'command' ? server.bundle : undefined;
  const checkedHost = bundle === undefined ? host : withBundleChecked(host, bundle, log.line);
  const backend = new Backend(checkedHost, () => ({
    ...LIMITS,
    // A test run tells what happens, the first time it happens.
    ...(config.mode === 'smoke' ? { restarts: 0 } : {}),
    silentMs: settings.get().startLimitSeconds * 1000,
  }));
  // What an earlier run has left may hold the data. The port is looked for all the same, before the app is ready.
  const sweeping = runs.sweep();
  if (sweeping === undefined) void backend.start();
  const spawnMs = performance.now() - began;
  const origin = server.kind === 'attached' ? server.url : ORIGIN;
  const endLogs = () => Promise.all([log.end(), serverLog.end()]);
  return { config, folders, log, settings, port, origin, backend, processes, sweeping, began, spawnMs, endLogs };
}

/** Decides where this run keeps everything; before the instance lock, which belongs to the profile. */
function chooseFolders({ data, server }: Config): Folders {
  if (data === 'own') {
    // A development server is not the person's own: their login, bots and lock stay apart.
    const apart = server.kind === 'attached' || server.identity === 'child';
    if (apart) app.setPath('userData', `${app.getPath('userData')} Development`);
    return { home: app.getPath('home'), logs: app.getPath('logs'), profile: app.getPath('userData') };
  }
  const home = data === 'temporary' ? later('./throw-away').makeThrowAway() : resolve(data.home);
  const profile = join(home, 'profile');
  const logs = join(profile, 'logs');
  app.setPath('userData', profile);
  app.setPath('logs', logs);
  return { home, logs, profile };
}

/** For what is wrong before there can be a window of ours: one clear message, and a code that says so. */
function refuse(message: string): void {
  writeSync(2, `${message}\n`);
  if (process.argv.includes('--smoke')) {
    writeSync(1, `${JSON.stringify({ ok: false, failure: { kind: 'refused', message } })}\n`);
    return app.exit(1);
  }
  // In a terminal or a script the line is enough, and a box would only hang.
  if (!app.isPackaged || process.argv.includes('--doctor')) return app.exit(2);
  void app
    .whenReady()
    // Not `showErrorBox`, which would hold up a signal until somebody clicks.
    .then(() => later('electron').dialog.showMessageBox({ type: 'error', title: 'CachiBot', message }))
    .finally(() => app.exit(2));
}

interface Later {
  './app': typeof import('./app');
  './doctor': typeof import('./doctor');
  './probe': typeof import('./probe');
  './processes': typeof import('./processes');
  './throw-away': typeof import('./throw-away');
  electron: typeof import('electron');
}

/** Loads a file when its turn has come: each one at the top would stand between the first line and the server. */
function later<Name extends keyof Later>(name: Name): Later[Name] {
  return require(name);
}

main();
