// Loaded first: its clock starts before anything else is loaded.
import './startup/clock';
import { mkdtempSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { app } from 'electron';
import { openLog } from './log/log';
import { withBundleChecked } from './server/bundle-check';
import { createAttachedHost, createBackendHost, type Probe } from './server/child-process';
import { serverEnvironment } from './server/core/environment';
import { RUN_ID } from './server/core/process-info';
import { createRuns } from './server/orphan-cleanup';
import { choosePort } from './server/port';
import type { Processes } from './server/process-table';
import { Backend, LIMITS } from './server/supervisor';
import { keptFile } from './settings/json-file';
import { openSettings } from './settings/store';
import { began } from './startup/clock';
import { type Config, ORIGIN, PREFERRED_PORT, readConfig } from './startup/core/config';
import { setMissingHome } from './startup/home-folder';
import { cannotWrite, sweepInstanceLock, temporaryFolder, whyNotLocked, whyUnwritable } from './startup/instance-lock';
import type { Platform } from './system/core/platform';

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
  // Before anything is changed for Chromium: what the server and the agent get.
  const caller = { ...process.env };
  let config: Config;
  let folders: Folders;
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
    prepareForChromium(config.platform);
    folders = chooseFolders(config);
  } catch (error) {
    return refuse((error as Error).message);
  }

  if (config.mode === 'doctor') {
    // No window and no lock. On Linux without a screen it needs Chromium's --ozone-platform=headless beside it.
    void later('./diagnostics/doctor')
      .printReport(config, folders)
      .then(code => app.exit(code));
    return;
  }
  sweepInstanceLock(folders.profile);
  // Handed over to the one that runs already: Chromium's own account of them has switches of its own among them.
  if (!app.requestSingleInstanceLock({ args: process.argv.slice(1), cwd: process.cwd() })) {
    const reason = whyNotLocked(folders.profile, config.platform);
    if (reason !== undefined) return refuse(reason);
    console.log('CachiBot is already running. Bringing its window to the front.');
    return app.exit(0);
  }
  launch(config, folders, caller)
    .then(launched => later('./app').openApp(launched))
    .catch((error: Error) => refuse(`CachiBot could not start: ${error.message}`));
}

/**
 * Begins the server. All of it happens before the app is ready, which takes ten times as long; so nothing is
 * loaded up to here that the server does not need.
 */
async function launch(config: Config, folders: Folders, caller: NodeJS.ProcessEnv) {
  const { server, platform } = config;
  const log = openLog(join(folders.logs, 'main.log'));
  const { TMPDIR } = caller;
  if (TMPDIR && TMPDIR !== process.env['TMPDIR'])
    log.line(`TMPDIR names ${TMPDIR}, which cannot be used. CachiBot uses ${process.env['TMPDIR']} instead.`);
  let table: Processes | undefined;
  const processes = () => (table ??= later('./server/process-table').createProcesses(platform.processTable));
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

  const probe: Probe = (...question) => later('./server/health-probe').probe(...question);
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
            return serverEnvironment(caller, { ...own, runId, token, open: { v1, webhooks } });
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
    hungMs: settings.get().hangLimitSeconds * 1000,
  }));
  // What an earlier run has left may hold the data. The port is looked for all the same, before the app is ready.
  const sweeping = runs.sweep();
  if (sweeping === undefined) void backend.start();
  const spawnMs = performance.now() - began;
  const origin = server.kind === 'attached' ? server.url : ORIGIN;
  const endLogs = () => Promise.all([log.end(), serverLog.end()]);
  return { config, folders, log, settings, port, origin, backend, processes, sweeping, began, spawnMs, endLogs };
}

/** Corrects what Chromium would take from the environment and fail on, or wait for. */
function prepareForChromium(platform: Platform): void {
  const { env } = process;
  if (platform.passwordStore !== undefined) app.commandLine.appendSwitch('password-store', platform.passwordStore);
  if (platform.homeFromVariable) setMissingHome(env);
  if (platform.temporaryFolders.length === 0) return;
  const folder = temporaryFolder([env['TMPDIR'], ...platform.temporaryFolders, env['XDG_RUNTIME_DIR']]);
  if (folder !== platform.temporaryFolders[0] || env['TMPDIR']) env['TMPDIR'] = folder;
}

/** Decides where this run keeps everything; before the instance lock, which belongs to the profile. */
function chooseFolders({ data, server }: Config): Folders {
  if (data === 'own') {
    // A development server is not the person's own: their login, bots and lock stay apart.
    const apart = server.kind === 'attached' || server.identity === 'child';
    if (apart) app.setPath('userData', `${electronFolder('userData')} Development`);
    const profile = electronFolder('userData');
    return { home: app.getPath('home'), logs: electronFolder('logs'), profile };
  }
  const home = data === 'temporary' ? later('./startup/temporary-profile').makeThrowAway() : resolve(data.home);
  const profile = join(home, 'profile');
  const logs = join(profile, 'logs');
  app.setPath('userData', profile);
  app.setPath('logs', logs);
  return { home, logs, profile };
}

/** Electron makes each of its folders when it is asked for it. Throws the message for one that it cannot make. */
function electronFolder(name: 'userData' | 'logs'): string {
  try {
    return app.getPath(name);
  } catch (error) {
    const profile = join(app.getPath('appData'), app.getName());
    throw new Error(cannotWrite(profile, whyUnwritable(profile) ?? (error as Error).message));
  }
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
  const folder = giveChromiumAnotherProfile();
  const exit = () =>
    folder === undefined ? app.exit(2) : later('./startup/temporary-profile').leaveThrowAway(folder, 2);
  app.once('before-quit', exit);
  // Until Chromium handles them, a signal would leave the temporary profile behind.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, exit);
  void app
    .whenReady()
    // Not `showErrorBox`, which would hold up a signal until somebody clicks.
    .then(() => later('electron').dialog.showMessageBox({ type: 'error', title: 'CachiBot', message }))
    .finally(exit);
}

/** A box needs Chromium, and Chromium a profile that it can write to. Returns a temporary one, if there is room for it. */
function giveChromiumAnotherProfile(): string | undefined {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'cachibot-message-'));
    app.setPath('userData', folder);
    return folder;
  } catch {
    return undefined; // Chromium may still manage with the user's own.
  }
}

interface Later {
  './app': typeof import('./app');
  './diagnostics/doctor': typeof import('./diagnostics/doctor');
  './server/health-probe': typeof import('./server/health-probe');
  './server/process-table': typeof import('./server/process-table');
  './startup/temporary-profile': typeof import('./startup/temporary-profile');
  electron: typeof import('electron');
}

/** Loads a file when its turn has come: each one at the top would stand between the first line and the server. */
function later<Name extends keyof Later>(name: Name): Later[Name] {
  return require(name);
}

main();
