import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { app, nativeTheme, type Session } from 'electron';
import type { Backups } from './backups/dialogs';
import { openLogFolder } from './diagnostics/report-file';
import { saveReportOf } from './diagnostics/save-report';
import { openStateLog, type StateLog } from './diagnostics/state-log';
import { createHandlers } from './ipc/handlers';
import { registerHandlers } from './ipc/register-handlers';
import { orLog } from './log/or-log';
import { createExternalLinks, type ExternalLinks } from './security/external-links';
import { blockNavigation, guardNavigation } from './security/navigation-guards';
import { createAppSession, disableDnsPrefetch, disableSpellChecker } from './security/session';
import type { BackendState } from './server/core/state';
import type { CleanupCounts } from './server/orphan-cleanup';
import { openJsonFile } from './settings/json-file';
import { type Build, describeBuild } from './startup/build-info';
import type { Launch } from './startup/launch';
import { exitOnCrash, Lifecycle } from './startup/lifecycle';
import { openBackups } from './startup/open-backups';
import { type ProgramWatch, programFiles, watchProgram } from './startup/replaced-program';
import { type Phase, Smoke, StartPhases } from './startup/smoke';
import { removeHomeAndExit } from './startup/temporary-profile';
import { type Autostart, openAutostart } from './system/autostart';
import { watchPowerEvents } from './system/power';
import type { Updates } from './updates/host';
import { openUpdates } from './updates/service';
import { readWindowState } from './window/core/bounds';
import { PageLoad } from './window/core/page-load';
import { APP_UPDATED, GRAPHICS_OFF } from './window/core/page-notices';
import { CLEANING_UP, screenFor, withCleanupNote, withReplacement, withRollback } from './window/core/screen';
import { addMenus, setMenu } from './window/menu';
import { registerScheme, servePages } from './window/shell-pages';
import { createWindows, type Windows } from './window/windows';

/** Relaunches in a row because of a lost port. After these the user decides. */
const PORT_RELAUNCHES = 3;

/** The parts of the running app, which the functions below connect. */
interface Parts {
  launch: Launch;
  build: Build;
  phases: StartPhases;
  smoke: Smoke | undefined;
  stateLog: StateLog;
  autostart: Autostart;
  lifecycle: Lifecycle;
  updates: Updates;
  links: ExternalLinks;
  backups: Backups;
  program: ProgramWatch;
  /** The windows and the session of CachiBot's page; undefined until the app is ready. */
  windows?: Windows;
  session?: Session;
  /** Number of processes that an earlier session left and this one stopped. */
  cleanedUp: CleanupCounts;
}

/** The second half of a launch: creates everything a user sees, while the server starts. */
export async function openApp(launch: Launch): Promise<void> {
  const { config, log, port, backend, cleaningUp } = launch;
  const { systemSpelling, appUserModelId } = config.platform;
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
  disableDnsPrefetch();
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
  await app.whenReady();
  lifecycle.listenToSignals();

  openWindows(parts);
  updateMenu(parts);
  if (launch.graphics.takeNotice()) parts.windows?.notify(GRAPHICS_OFF);
  if (cleaningUp && backend.state.phase === 'stopped') parts.windows?.show(CLEANING_UP);
  showState(parts, backend.state);
  backend.onChange(state => showState(parts, state));
}

/** Creates the parts that exist before the app is ready. */
function createParts(launch: Launch, build: Build): Parts {
  const { config, folders, log, backend, flushLogs } = launch;
  const { testBuild, appImageFile, program, about } = build;
  const phases = new StartPhases(launch.spawnMs);
  const smoke = config.mode === 'smoke' ? new Smoke(phases, reportSmoke) : undefined;
  const lifecycle = new Lifecycle({
    backend,
    updates: () => parts.updates,
    windows: () => parts.windows,
    interruptSmoke: smoke && (() => smoke.interrupted()),
    activate: () => showState(parts, backend.state),
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
    exitApp: newProgram => lifecycle.replaced(newProgram),
    menuChanged: () => updateMenu(parts),
    relaunch: () => lifecycle.relaunch(),
  });
  const isBusy = () => lifecycle.isQuitting || updates.isInstalling();
  const autostart = openAutostart(config.platform, app.getPath('appData'), program);
  const stateLog = openStateLog(folders.profile, about, log.line);
  const links = createExternalLinks({ origin: launch.origin, settings: launch.settings, log: log.line });
  const backups = openBackups({
    launch,
    windows: () => parts.windows,
    flushPage: () => flushPage(parts),
    isBusy,
    relaunch: () => lifecycle.relaunchBecause('a backup is restored'),
  });
  const files = programFiles(config.server, appImageFile);
  const programWatch = watchProgram({ files, isBusy, onReplaced, log: log.line });
  const opened = { autostart, lifecycle, updates, links, backups, program: programWatch };
  const parts: Parts = { launch, build, phases, smoke, stateLog, cleanedUp: { servers: 0, others: 0 }, ...opened };
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
  else if (state.failure.kind === 'port-lost' && relaunches < PORT_RELAUNCHES) lifecycle.changePort(relaunches + 1);
}

/** Creates the parts that need an app that is ready. */
function openWindows(parts: Parts): void {
  const { launch, lifecycle } = parts;
  const { backend, settings, processes, folders, log } = launch;
  servePages(join(__dirname, 'pages'));
  const pageLoad = new PageLoad();
  const session = openSession(parts, pageLoad);
  const windows = openMainWindow(parts, session, pageLoad);
  parts.session = session;
  parts.windows = windows;
  watchPowerEvents({
    onSuspend: () => flushPage(parts),
    onResume: () => backend.resumed(),
    onShutdown: () => lifecycle.sessionEnds(),
    onDisplayChange: () => windows.centerUnreachable(),
    log: log.line,
  });
  const handlers = createHandlers({
    ...parts,
    backend,
    windows,
    session,
    settings,
    processes,
    about: parts.build.about,
    painted: () => handlePaint(parts),
    relaunchOnOtherPort: () => lifecycle.changePort(0),
    relaunch: () => lifecycle.relaunchBecause('the program was replaced'),
    openLogs: () => openLogFolder(folders.logs, log.line),
    saveReport: () => saveReportOf(parts),
    log: log.line,
  });
  registerHandlers(handlers, event => windows.identifySender(event), log.line);
}

function openSession(parts: Parts, pageLoad: PageLoad): Session {
  const { config, origin, backend, log } = parts.launch;
  return createAppSession({
    origin,
    partition: config.server.kind === 'attached' ? 'persist:attached' : 'persist:cachibot',
    mayReachServer: () => backend.isOurs || backend.state.phase === 'attached',
    token: () => backend.token,
    mainId: () => parts.windows?.main()?.webContents.id,
    pageLoad,
    log: log.line,
  });
}

function openMainWindow(parts: Parts, session: Session, pageLoad: PageLoad): Windows {
  const { lifecycle, launch } = parts;
  const { config, folders, origin, log } = launch;
  const { frame, quitsWithLastWindow } = config.platform;
  const preloadFile = join(__dirname, 'preload.js');
  const guards = { origin, preloadFile, gestures: parts.links.gestures, log: log.line };
  const windowFile = openJsonFile(join(folders.profile, 'window.json'), log.line);
  return createWindows({
    origin,
    preloadFile,
    version: app.getVersion(),
    attached: config.server.kind === 'attached',
    mac: process.platform === 'darwin',
    frame,
    icon: join(__dirname, 'pages', 'icon.png'),
    dark: nativeTheme.shouldUseDarkColors,
    appSession: session,
    saved: readWindowState(windowFile.read()),
    save: state => orLog('could not save the position of the window', () => windowFile.write(state), log.line),
    isPageIncomplete: () => pageLoad.isIncomplete,
    shown: () => recordPhase(parts, 'windowShown'),
    closed: page => {
      if (page === 'shell' || quitsWithLastWindow) app.quit();
    },
    sessionMayEnd: () => flushPage(parts),
    sessionEnds: () => lifecycle.sessionEnds(),
    prepare: contents => {
      guardNavigation(contents, guards);
      addMenus(contents, { frame });
    },
    blockNavigation: contents => blockNavigation(contents, guards),
    log: log.line,
  });
}

function updateMenu(parts: Parts): void {
  const { folders, log } = parts.launch;
  setMenu({
    mac: process.platform === 'darwin',
    development: !app.isPackaged,
    version: parts.build.version,
    openLogs: () => openLogFolder(folders.logs, log.line),
    saveReport: () => saveReportOf(parts),
    run: (command, window) => parts.windows?.run(command, window),
    backups: parts.backups,
    showAllowedSites: () => void parts.links.showAllowedSites(),
    update: parts.updates.menuItem(),
  });
}

function showState(parts: Parts, state: BackendState): void {
  const screen = screenFor(state);
  if (!screen) return;
  // Mentions the cleanup during the first start only.
  const noted = parts.phases.has('serverReady') ? screen : withCleanupNote(screen, parts.cleanedUp);
  parts.windows?.show(withReplacement(withRollback(noted, parts.updates.rollbackOption()), parts.program.isReplaced));
}

/** Records that the page has painted. The first time, also does the work that would have delayed it. */
function handlePaint(parts: Parts): void {
  const { launch, phases, smoke, autostart, updates } = parts;
  const isFirst = !phases.has('uiPainted');
  recordPhase(parts, 'uiPainted');
  if (!isFirst) return;
  orLog('could not repair the autostart entry', () => autostart.repair(), launch.log.line);
  if (!smoke && launch.config.server.kind !== 'attached') updates.startChecking();
}

function recordPhase({ launch, phases, smoke, windows }: Parts, phase: Phase): void {
  phases.reach(phase);
  const window = windows?.main();
  const { backend, port } = launch;
  if (window === undefined || backend.state.phase !== 'ready') return;
  const server = { pid: backend.pid, port, version: backend.state.version };
  smoke?.progress({ server, url: window.webContents.getURL(), title: window.getTitle() });
}

/** Writes the page's storage to disk. */
function flushPage({ session }: Parts): void {
  session?.flushStorageData();
}
