import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { app, Menu } from 'electron';
import { confirmQuit, type GuardedBackups, guardBackups } from './app/backups';
import { createBadge } from './app/badge';
import { compiledFiles } from './app/compiled-files';
import { offerMove } from './app/move-offer';
import { flushPage, type Parts, recordPhase } from './app/parts';
import { openSettingsPage } from './app/settings';
import { openWindows } from './app/windows';
import { openStateLog } from './diagnostics/state-log';
import { createExternalLinks } from './security/external-links';
import { disableDnsPrefetch, disableSpellChecker, limitHttpCache, requestFilling } from './security/session';
import { EXIT_CODES } from './server/core/exit-codes';
import type { BackendState, Failure } from './server/core/state';
import { openJsonFile } from './settings/json-file';
import { type Build, describeBuild } from './startup/build-info';
import type { Launch } from './startup/launch';
import { exitOnCrash, Lifecycle } from './startup/lifecycle';
import { openBackups } from './startup/open-backups';
import { programFiles, watchProgram } from './startup/replaced-program';
import { createRunningWork } from './startup/running-work';
import { Smoke, StartPhases } from './startup/smoke';
import { removeHomeAndExit } from './startup/temporary-profile';
import { openWorkFolder } from './startup/work-folder';
import { openAutostart } from './system/autostart';
import { lazyRequire } from './system/lazy-require';
import { openUpdates } from './updates/service';
import { APP_UPDATED, GRAPHICS_OFF, storageDamaged } from './window/core/page-notices';
import {
  CLEANING_UP,
  screenFor,
  withCleanupNote,
  withReplacement,
  withRestoreProblem,
  withRollback,
} from './window/core/screen';
import { showMessage } from './window/dialogs';
import { registerScheme } from './window/shell-pages';

// Loaded when the window is shown.
const menu = lazyRequire<typeof import('./app/menu')>(() => require('./app/menu'));
const machineSettings = lazyRequire<typeof import('./startup/machine-settings')>(() =>
  require('./startup/machine-settings'),
);
const windowServices = lazyRequire<typeof import('./app/window-services')>(() => require('./app/window-services'));

/** Relaunches in a row because of a lost port. After these the user decides. */
const PORT_RELAUNCHES = 3;

/** No process was left by an earlier session. */
const NONE = { servers: 0, others: 0 };

/** The second half of a launch: creates everything a user sees, while the server starts. */
export async function openApp(launch: Launch): Promise<void> {
  const { config, log, port, backend, cleaningUp } = launch;
  const { systemSpelling, appUserModelId, hasDock } = config.platform;
  exitOnCrash(log);
  const build = describeBuild({
    appPath: app.getAppPath(),
    version: app.getVersion(),
    system: `Electron ${process.versions.electron}, ${process.platform} ${process.arch}`,
    execPath: process.execPath,
    env: process.env,
  });
  log.line(`${build.about}; port ${port}`);
  registerScheme();
  // Electron would create its own menu before the window. On macOS that menu can quit the app.
  if (!hasDock) Menu.setApplicationMenu(null);
  disableDnsPrefetch();
  limitHttpCache();
  if (!systemSpelling) disableSpellChecker();
  if (appUserModelId !== undefined) app.setAppUserModelId(appUserModelId);

  const parts = createParts(launch, build);
  const { lifecycle } = parts;
  handleState(parts, backend.state);
  backend.onChange(state => handleState(parts, state));
  lifecycle.listen();
  if (config.mode !== 'smoke')
    launch.graphics.watch({ relaunch: why => lifecycle.relaunchBecause(why), exitNow: () => lifecycle.relaunchNow() });
  void cleaningUp?.then(counts => {
    parts.cleanedUp = counts;
    if (!lifecycle.isQuitting) void backend.start();
  });
  const [recovery] = await Promise.all([launch.pageStorage?.recovered, app.whenReady()]);
  launch.signals.listen();

  const opened = openWindows(parts);
  if (recovery) requestFilling(opened.session, launch.origin, log.line);
  if (cleaningUp && backend.state.phase === 'stopped') opened.windows.show(CLEANING_UP);
  showState(parts, backend.state);
  backend.onChange(state => showState(parts, state));
  launch.windowShown();
  // The user sees the window already.
  windowServices().startWindowServices(parts, opened);
  parts.machine = machineSettings().reportMachineSettings({ ...launch, log: log.line });
  menu().updateMenu(parts);
  const { graphics } = launch;
  if (graphics.needsNotice()) opened.windows.notify(GRAPHICS_OFF, () => graphics.noticeShown());
  if (recovery) opened.windows.notify(storageDamaged(recovery));
  offerApplications(launch);
}

/** Offers to move a Mac's app that runs from its disk image. */
function offerApplications({ config, folders, log }: Launch): void {
  if (!config.platform.hasDock || !app.isPackaged || config.mode !== 'app' || config.hidden) return;
  void offerMove({
    executable: process.execPath,
    app,
    file: openJsonFile(join(folders.profile, 'move-offer.json'), log.line),
    ask: async question => (await showMessage({ type: 'question', ...question, defaultId: 0, cancelId: 1 })).response,
    showProblem: (message, detail) => void showMessage({ type: 'warning', message, detail }),
    log: log.line,
  });
}

/** Creates the parts that exist before the app is ready. */
function createParts(launch: Launch, build: Build): Parts {
  const { config, folders, log, backend, flushLogs, origin, settings } = launch;
  const { testBuild, appImageFile, program, about } = build;
  const phases = new StartPhases(launch.spawnMs);
  const smoke = config.mode === 'smoke' ? new Smoke(phases, reportSmoke) : undefined;
  const work = createRunningWork(launch);
  const badge = createBadge({
    hasDot: config.platform.appUserModelId !== undefined,
    pages: compiledFiles().pages,
  });
  const lifecycle = new Lifecycle({
    signals: launch.signals,
    backend,
    confirmQuit: signal => confirmQuit({ backups, work }, signal),
    updates: () => parts.updates,
    windows: () => parts.windows,
    interruptSmoke: smoke && (() => smoke.interrupted()),
    activate: () => activate(parts),
    exit: code => (config.data === 'temporary' ? removeHomeAndExit(folders.home, code) : app.exit(code)),
    flushLogs,
    log: log.line,
    program,
    args: process.argv.slice(1),
  });
  const updates = openUpdates({
    launch,
    testBuild,
    appImageFile,
    windows: () => parts.windows,
    flushPage: () => flushPage(parts),
    confirmRestart: () => backups.confirmRestart(),
    exitApp: newProgram => lifecycle.replaced(newProgram),
    menuChanged: () => menu().updateMenu(parts),
    setBadge: description => badge.set('update', description === undefined ? 0 : 1, description ?? ''),
    openOwn: address => links.openOwn(address),
    relaunch: () => lifecycle.relaunch(),
  });
  const isBusy = () => lifecycle.isQuitting || updates.isInstalling();
  const autostart = openAutostart(config.platform, app.getPath('appData'), program);
  const stateLog = openStateLog(folders.profile, about, log.line);
  const links = createExternalLinks({ origin, settings, show: showMessage, log: log.line });
  const backups = createBackupCommands(launch, () => parts, isBusy);
  const files = programFiles(config.server, appImageFile);
  const programWatch = watchProgram({ files, isBusy, onReplaced, log: log.line });
  const settingsPage = openSettingsPage(launch, () => parts);
  const workFolder = openWorkFolder({ home: folders.home, changed: settingsPage.update });
  const opened = { autostart, lifecycle, work, updates, links, backups, badge, settingsPage, workFolder };
  const parts: Parts = { launch, build, phases, smoke, stateLog, cleanedUp: NONE, program: programWatch, ...opened };
  return parts;

  function onReplaced(): void {
    parts.windows?.notify(APP_UPDATED);
    if (backend.state.phase === 'failed') showState(parts, backend.state);
  }

  function reportSmoke(report: { ok: boolean }): void {
    writeSync(1, `${JSON.stringify(report)}\n`);
    lifecycle.reported(report.ok ? 0 : 1);
  }
}

/** Creates the commands for backups, which nothing cuts off by accident. */
function createBackupCommands(launch: Launch, parts: () => Parts, isBusy: () => boolean): GuardedBackups {
  const backups = openBackups({
    launch,
    windows: () => parts().windows,
    flushPage: () => flushPage(parts()),
    isBusy,
    relaunch: () => parts().lifecycle.relaunchBecause('a backup is restored'),
  });
  return guardBackups(backups, () => menu().updateMenu(parts()));
}

/** Shows the window, when the user has clicked the app's icon in the Dock. */
function activate(parts: Parts): void {
  showState(parts, parts.launch.backend.state);
  parts.windows?.focus();
}

/** Handles each state of the server, apart from the screen. */
function handleState(parts: Parts, state: BackendState): void {
  const { launch, smoke, stateLog, updates, lifecycle } = parts;
  stateLog.record(state);
  updates.serverChanged(state);
  if (state.phase === 'ready') recordPhase(parts, 'serverReady');
  // The server may be killed and the page reloaded now, so the page's storage is written first.
  else if (state.phase !== 'starting') flushPage(parts);
  if (state.phase === 'restarting' || state.phase === 'failed') parts.program.check();
  if (state.phase !== 'failed') return;
  const { relaunches } = launch.config;
  if (smoke) smoke.failed(state.failure);
  else if (hasToFinishRestore(launch, state.failure)) lifecycle.relaunchBecause('a backup is restored');
  else if (state.failure.kind === 'port-lost' && relaunches < PORT_RELAUNCHES) lifecycle.changePort(relaunches + 1);
}

/** Whether another server that used the data kept this launch from finishing a restore, and no longer does. */
function hasToFinishRestore({ finishedRestore }: Launch, failure: Failure): boolean {
  return isRestorePending(failure) && finishedRestore === 'data-in-use';
}

/** Returns the reason why this launch could not finish a restore; undefined if the server has not failed for that. */
function restoreProblem({ finishedRestore }: Launch, state: BackendState): string | undefined {
  if (state.phase !== 'failed' || !isRestorePending(state.failure)) return undefined;
  return typeof finishedRestore === 'object' ? finishedRestore.message : undefined;
}

function isRestorePending(failure: Failure): boolean {
  return failure.kind === 'exited' && failure.code === EXIT_CODES.RESTORE_PENDING;
}

function showState(parts: Parts, state: BackendState): void {
  const screen = screenFor(state);
  if (!screen) return;
  // Mentions the cleanup during the first start only.
  const noted = parts.phases.has('serverReady') ? screen : withCleanupNote(screen, parts.cleanedUp);
  const explained = withRestoreProblem(noted, restoreProblem(parts.launch, state));
  parts.background?.update();
  parts.windows?.show(
    withReplacement(withRollback(explained, parts.updates.rollbackOption()), parts.program.isReplaced),
  );
}
