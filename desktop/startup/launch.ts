import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { type Log, openLog } from '../log/log';
import type { inspectBundle } from '../server/bundle-check';
import { withBundleCheck } from '../server/checked-host';
import { createAttachedHost, createBackendHost, type Probe } from '../server/child-process';
import { SHELL_VARIABLES, serverEnvironment } from '../server/core/environment';
import { RUN_ID } from '../server/core/process-info';
import type { BackendHost } from '../server/host';
import { createOrphanCleanup, type OrphanCleanup } from '../server/orphan-cleanup';
import { choosePort } from '../server/port';
import type { Processes } from '../server/process-table';
import { Backend } from '../server/supervisor';
import { isSettings } from '../settings/core/settings';
import { openJsonFile } from '../settings/json-file';
import { openSettings, type SettingsStore } from '../settings/store';
import { isFromTerminal, reportedEnvironment } from '../system/core/login-environment';
import { lazyRequire } from '../system/lazy-require';
import { clearPipes, clearPlace } from '../system/own-file';
import { ownWorkspace } from '../system/own-workspace';
import { randomHex } from '../system/random-hex';
import { WITHOUT_SHARED_MEMORY } from './chromium-environment';
import { processStartMs } from './clock';
import { type Config, ORIGIN, PREFERRED_PORT } from './core/config';
import { exitNow } from './exit-now';
import type { Folders } from './folders';
import { createGate, type Gate } from './gate';
import { openGraphics } from './graphics';
import { limitsFor } from './limits';
import { QuitSignals } from './quit-signals';

const backupCommand = lazyRequire<typeof import('./backup-command')>(() => require('./backup-command'));
const bundleCheck = lazyRequire<typeof import('../server/bundle-check')>(() => require('../server/bundle-check'));
const finishing = lazyRequire<typeof import('./finish-restore')>(() => require('./finish-restore'));
const healthProbe = lazyRequire<typeof import('../server/health-probe')>(() => require('../server/health-probe'));
const loginShell = lazyRequire<typeof import('../system/login-shell')>(() => require('../system/login-shell'));
const logWriter = lazyRequire<typeof import('../log/log-writer')>(() => require('../log/log-writer'));
const loopback = lazyRequire<typeof import('../server/loopback')>(() => require('../server/loopback'));
const pageStorage = lazyRequire<typeof import('../backups/page-storage-recovery')>(() =>
  require('../backups/page-storage-recovery'),
);
const processTable = lazyRequire<typeof import('../server/process-table')>(() => require('../server/process-table'));
const temporaryProfile = lazyRequire<typeof import('./temporary-profile')>(() => require('./temporary-profile'));
const redaction = lazyRequire<typeof import('../log/core/redact')>(() => require('../log/core/redact'));

/**
 * Longest time in which the window keeps the first probe, which loads the modules of HTTP, and the check of the files,
 * which has thousands of callbacks, waiting.
 */
const WINDOW_MS = 1_000;

/** The server appends to it where it hangs. */
const HANG_FILE = 'hang.txt';

/** The parts that exist before the app is ready; `app.ts` creates the others. */
export type Launch = Awaited<ReturnType<typeof launch>>;

interface Environments {
  /** The caller's environment: the server and the agent inherit it. */
  caller: NodeJS.ProcessEnv;
  /** The environment as corrected for Chromium. */
  corrected: NodeJS.ProcessEnv;
}

/**
 * Starts the server before Electron is ready, because Electron takes ten times as long. So this file and main.ts import
 * only modules that are needed to spawn the server.
 */
export async function launch(config: Config, folders: Folders, environments: Environments) {
  const { server } = config;
  const { caller } = environments;
  const signals = new QuitSignals(code =>
    config.data === 'temporary' ? temporaryProfile().removeHomeAndExit(folders.home, code) : exitNow(code),
  );
  signals.listen();
  const log = openLogFile(folders, 'main.log');
  logFolders(environments, log.line);
  clearForeignFiles(folders, log.line);
  const finishedRestore = finishRestore(config, folders, caller, log.line);
  const { processes, cleanup } = createProcessParts(config, folders, caller, log.line);
  // The mapping of the origin to the real port works only when set before the app is ready.
  const portFound =
    server.kind === 'attached' ? PREFERRED_PORT : choosePort(config.mode === 'smoke' ? undefined : PREFERRED_PORT);
  const serverLog = openLogFile(folders, 'server.log');
  // Users keep their settings in a repository, and put a link to them here.
  const settingsFile = openJsonFile(join(folders.profile, 'settings.json'), log.line, { mayReplaceLinked: isSettings });
  const settings = openSettings(settingsFile, log.line);
  const graphics = openGraphics({
    file: openJsonFile(join(folders.profile, 'graphics.json'), log.line),
    setting: settings.get().hardwareAcceleration,
    driverFiles: config.platform.graphicsDrivers,
    log: log.line,
  });

  const port = await portFound;
  if (port !== PREFERRED_PORT) {
    app.commandLine.appendSwitch('host-resolver-rules', `MAP 127.0.0.1:${PREFERRED_PORT} 127.0.0.1:${port}`);
  }
  const window = createGate(WINDOW_MS);
  const host = createHost({ config, folders, caller, port, settings, processes, cleanup, serverLog, log, window });
  const backend = new Backend(host, () => limitsFor(settings.get(), config.mode === 'smoke'));
  // If processes of an earlier session use the data, `app.ts` starts the server when they have exited.
  const cleaningUp = cleanup.cleanUp();
  if (cleaningUp === undefined) void backend.start();
  const readLoginShell = loginShellReader(config, folders, caller, settings, log.line);
  const spawnMs = performance.now() - processStartMs;
  const flushLogs = () => Promise.all([log.flush(), serverLog.flush()]);
  return {
    config,
    folders,
    signals,
    log,
    settings,
    graphics,
    port,
    origin: server.kind === 'attached' ? server.url : ORIGIN,
    backend,
    processes,
    cleaningUp,
    spawnMs,
    flushLogs,
    finishedRestore,
    caller,
    readLoginShell,
    windowShown: window.open,
    pageStorage: openPageStorage(config, folders, log.line),
  };
}

/** Starts to check the page's storage, while Chromium starts. A temporary profile is new. */
function openPageStorage({ server, data }: Config, { home, profile }: Folders, log: (line: string) => void) {
  if (server.kind === 'attached' || data === 'temporary') return undefined;
  const options = { profile, data: join(home, '.cachibot'), log };
  const recovered = pageStorage().recoverPageStorage(options);
  const keepCopy = async () => {
    // If the storage could not be restored, it starts empty. A copy of it would replace the last good copy.
    if ((await recovered)?.problem === undefined) await pageStorage().keepPageStorage(options);
  };
  return { recovered, keepCopy: () => void keepCopy() };
}

/** Finishes a restore, if the last session has prepared one or was killed meanwhile. */
function finishRestore(config: Config, folders: Folders, caller: NodeJS.ProcessEnv, log: (line: string) => void) {
  if (!existsSync(join(folders.home, '.cachibot', 'restore.json'))) return undefined;
  const parts = backupCommand().backupParts(config, folders, caller);
  return parts && finishing().finishRestore(parts, log);
}

/**
 * Returns a function that reads the login shell's variables; undefined if the server needs none. The server starts without
 * them, because a shell can take seconds, and gets them while it runs.
 */
function loginShellReader(
  { mode, platform, server }: Config,
  { home }: Folders,
  caller: NodeJS.ProcessEnv,
  settings: SettingsStore,
  log: (line: string) => void,
) {
  const ownServer = server.kind === 'command' && server.identity === 'token';
  if (!platform.hasLoginShell || mode !== 'app' || !ownServer || !settings.get().loginShell) return undefined;
  if (isFromTerminal(caller)) return undefined;
  return async () => {
    const read = await loginShell().readLoginShell({
      caller,
      without: SHELL_VARIABLES,
      home: caller['HOME'] ?? home,
      log,
    });
    return reportedEnvironment(read, caller);
  };
}

function openLogFile({ logs }: Folders, name: string): Log {
  return openLog(() => new (logWriter().LogWriter)(join(logs, name)));
}

/** Logs the folders that Chromium uses in place of its own. */
function logFolders({ caller, corrected }: Environments, log: (line: string) => void): void {
  const { TMPDIR } = caller;
  if (TMPDIR && TMPDIR !== corrected['TMPDIR'])
    log(`TMPDIR names ${TMPDIR}, which cannot be used. CachiBot uses ${corrected['TMPDIR']} instead.`);
  if (app.commandLine.hasSwitch(WITHOUT_SHARED_MEMORY))
    log('/dev/shm has too little space, or cannot be written to: Chromium uses the folder for temporary files instead');
}

/** Creates the cleanup of processes that servers leave behind, and the process table, which loads at its first use. */
function createProcessParts(
  { platform }: Config,
  folders: Folders,
  caller: NodeJS.ProcessEnv,
  log: (line: string) => void,
) {
  let table: Processes | undefined;
  const processes = () => (table ??= processTable().createProcesses(platform.processTable));
  const cleanup = createOrphanCleanup({
    // PIDs mean nothing after a reboot, so the file need not survive a power cut.
    file: openJsonFile(join(folders.profile, 'run.json'), log, { flush: false }),
    processes,
    shellPid: process.pid,
    randomHex: bytes => randomHex(bytes, platform.randomDevice),
    recordAfterMs: platform.recordAfterMs,
    within: caller[RUN_ID],
    log,
  });
  return { processes, cleanup };
}

/** Renames anything that Chromium or the server would wait for, or write through. */
function clearForeignFiles({ profile, logs }: Folders, log: (line: string) => void): void {
  try {
    const partition = join(profile, 'Partitions', 'cachibot');
    for (const folder of [profile, partition, join(partition, 'Session Storage')]) clearPipes(folder).forEach(log);
    const hangFile = clearPlace(join(logs, HANG_FILE));
    if (hangFile !== undefined) log(hangFile);
  } catch (error) {
    log(`a file in the place of CachiBot’s own could not be renamed: ${(error as Error).message}`);
  }
}

interface HostOptions {
  config: Config;
  folders: Folders;
  caller: NodeJS.ProcessEnv;
  port: number;
  settings: SettingsStore;
  processes(): Processes;
  cleanup: OrphanCleanup;
  serverLog: Log;
  log: Log;
  /** When it is open, the server is probed, and its files are checked. */
  window: Gate;
}

function createHost(options: HostOptions): BackendHost {
  const { config, folders, caller, port, settings, processes, cleanup, serverLog, log, window } = options;
  const { server, platform } = config;
  const probe: Probe = async (...args) => {
    await window.opened;
    return healthProbe().probe(...args);
  };
  if (server.kind === 'attached') return createAttachedHost(server.url, probe);
  const workspace = ownWorkspace(folders.home);
  const facts = {
    port,
    identity: server.identity,
    workspace,
    home: folders.home,
    homeVariable: platform.homeVariable,
    shellPid: process.pid,
    version: app.getVersion(),
    hangFile: join(folders.logs, HANG_FILE),
    profile: folders.profile,
  };
  const host = createBackendHost({
    ...server,
    port,
    workspace,
    processGroup: platform.processGroup,
    probe,
    randomHex: bytes => randomHex(bytes, platform.randomDevice),
    isLoopbackCut: () => loopback().isLoopbackCut(),
    isSuspended: pid => processes().isSuspended(pid),
    hasExited: pid => processes().hasExited(pid),
    cleanup,
    environment: runId => {
      const { openV1: v1, openWebhooks: webhooks, proxy } = settings.get();
      return serverEnvironment(caller, { ...facts, runId, proxy, open: { v1, webhooks } });
    },
    redact: line => redaction().redact(line),
    output: serverLog.stream,
    log: log.line,
  });
  if (server.bundle === undefined) return host;
  const inspect: typeof inspectBundle = (...args) => bundleCheck().inspectBundle(...args);
  return withBundleCheck(host, server.bundle, { inspect, begins: window.opened, log: log.line });
}
