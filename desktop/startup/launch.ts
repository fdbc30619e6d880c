import { join } from 'node:path';
import { app } from 'electron';
import { type Log, openLog } from '../log/log';
import { withBundleChecked } from '../server/bundle-check';
import { createAttachedHost, createBackendHost, type Probe } from '../server/child-process';
import { serverEnvironment } from '../server/core/environment';
import { RUN_ID } from '../server/core/process-info';
import type { BackendHost } from '../server/host';
import { createRuns, type Runs } from '../server/orphan-cleanup';
import { choosePort } from '../server/port';
import type { Processes } from '../server/process-table';
import { Backend, LIMITS } from '../server/supervisor';
import { keptFile } from '../settings/json-file';
import { openSettings, type SettingsStore } from '../settings/store';
import { lazyRequire } from '../system/lazy-require';
import { processStartMs } from './clock';
import { type Config, ORIGIN, PREFERRED_PORT } from './core/config';
import type { Folders } from './folders';

const healthProbe = lazyRequire<typeof import('../server/health-probe')>(() => require('../server/health-probe'));
const processTable = lazyRequire<typeof import('../server/process-table')>(() => require('../server/process-table'));

/** The parts that exist before the app is ready; `app.ts` builds on them. */
export type Launch = Awaited<ReturnType<typeof launch>>;

interface Environments {
  /** As the caller set it: the server and the agent inherit it. */
  caller: NodeJS.ProcessEnv;
  /** As it was corrected for Chromium. */
  corrected: NodeJS.ProcessEnv;
}

/**
 * Starts the server. All of it happens before the app is ready, which takes ten times as long; so nothing is loaded up to
 * here that the server does not need.
 */
export async function launch(config: Config, folders: Folders, environments: Environments) {
  const { server } = config;
  const { caller } = environments;
  const log = openLog(join(folders.logs, 'main.log'));
  logTemporaryFolder(environments, log.line);
  const { processes, runs } = openProcesses(config, folders, caller, log.line);
  // The mapping of the origin to the real port works only when set before the app is ready.
  const portFound =
    server.kind === 'attached' ? PREFERRED_PORT : choosePort(config.mode === 'smoke' ? undefined : PREFERRED_PORT);
  const serverLog = openLog(join(folders.logs, 'server.log'));
  const settings = openSettings(keptFile(join(folders.profile, 'settings.json'), log.line), log.line);

  const port = await portFound;
  if (port !== PREFERRED_PORT) {
    app.commandLine.appendSwitch('host-resolver-rules', `MAP 127.0.0.1:${PREFERRED_PORT} 127.0.0.1:${port}`);
  }
  const host = createHost({ config, folders, caller, port, settings, processes, runs, serverLog, log });
  const backend = new Backend(host, () => ({
    ...LIMITS,
    // A --smoke run reports a failure the first time it occurs.
    ...(config.mode === 'smoke' ? { restarts: 0 } : {}),
    silentMs: settings.get().startLimitSeconds * 1000,
    hungMs: settings.get().hangLimitSeconds * 1000,
  }));
  // Processes of an earlier run may hold the data. The port is chosen all the same, before the app is ready.
  const sweeping = runs.sweep();
  if (sweeping === undefined) void backend.start();
  const spawnMs = performance.now() - processStartMs;
  const origin = server.kind === 'attached' ? server.url : ORIGIN;
  const endLogs = () => Promise.all([log.end(), serverLog.end()]);
  return { config, folders, log, settings, port, origin, backend, processes, sweeping, spawnMs, endLogs };
}

function logTemporaryFolder({ caller, corrected }: Environments, log: (line: string) => void): void {
  const { TMPDIR } = caller;
  if (TMPDIR && TMPDIR !== corrected['TMPDIR'])
    log(`TMPDIR names ${TMPDIR}, which cannot be used. CachiBot uses ${corrected['TMPDIR']} instead.`);
}

/** The table of the machine's processes, loaded when it is first needed, and the record of this run's own. */
function openProcesses({ platform }: Config, folders: Folders, caller: NodeJS.ProcessEnv, log: (line: string) => void) {
  let table: Processes | undefined;
  const processes = () => (table ??= processTable().createProcesses(platform.processTable));
  const runs = createRuns({
    file: keptFile(join(folders.profile, 'run.json'), log, { ofThisBoot: true }),
    processes,
    shellPid: process.pid,
    recordAfterMs: platform.recordAfterMs,
    within: caller[RUN_ID],
    log,
  });
  return { processes, runs };
}

interface HostOptions {
  config: Config;
  folders: Folders;
  caller: NodeJS.ProcessEnv;
  port: number;
  settings: SettingsStore;
  processes(): Processes;
  runs: Runs;
  serverLog: Log;
  log: Log;
}

function createHost(options: HostOptions): BackendHost {
  const { config, folders, caller, port, settings, processes, runs, serverLog, log } = options;
  const { server, platform } = config;
  const probe: Probe = (...question) => healthProbe().probe(...question);
  if (server.kind === 'attached') return createAttachedHost(server.url, probe);
  const workspace = join(folders.home, 'CachiBot');
  const own = {
    port,
    workspace,
    home: folders.home,
    homeVariable: platform.homeVariable,
    shellPid: process.pid,
    version: app.getVersion(),
    hangFile: join(folders.logs, 'hang.txt'),
  };
  const host = createBackendHost({
    ...server,
    port,
    workspace,
    processGroup: platform.processGroup,
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
  return server.bundle === undefined ? host : withBundleChecked(host, server.bundle, log.line);
}
