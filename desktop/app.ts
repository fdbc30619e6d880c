import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { app, nativeTheme, type Session, shell } from 'electron';
import { collectReport, saveReport } from './diagnostics/report-file';
import { StateLog } from './diagnostics/state-log';
import { createHandlers } from './ipc/handlers';
import { registerHandlers } from './ipc/register-handlers';
import { blockNavigation, guardNavigation } from './security/navigation-guards';
import { createAppSession, disableSpellChecker } from './security/session';
import type { BackendState } from './server/core/state';
import type { Swept } from './server/orphan-cleanup';
import { keptFile } from './settings/json-file';
import { type Build, describeBuild } from './startup/build-info';
import { processStartMs } from './startup/clock';
import type { Launch } from './startup/launch';
import { exitOnCrash, Lifecycle } from './startup/lifecycle';
import { type Phase, Smoke, StartPhases } from './startup/smoke';
import { removeHomeAndExit } from './startup/temporary-profile';
import { type Autostart, createFileAutostart, createSystemAutostart } from './system/autostart';
import { watchPowerEvents } from './system/power';
import type { Updates } from './updates/host';
import { openUpdates } from './updates/service';
import { readWindowState } from './window/core/bounds';
import { PageLoad } from './window/core/page-load';
import { CLEANING_UP, failureAsText, screenFor, withCleanupNote, withRollback } from './window/core/screen';
import { addContextMenu, addMenuKeys, setMenu } from './window/menu';
import { registerScheme, servePages } from './window/shell-pages';
import { createWindows, type Windows } from './window/windows';

/** Relaunches in a row because of a lost port, before the user is asked. */
const PORT_RELAUNCHES = 3;

/** The parts of the running app, which the functions below connect. */
interface Run {
  launch: Launch;
  build: Build;
  phases: StartPhases;
  smoke: Smoke | undefined;
  stateLog: StateLog;
  autostart: Autostart;
  lifecycle: Lifecycle;
  updates: Updates;
  /** Created when the app is ready, as the session of CachiBot's page is. */
  windows?: Windows;
  session?: Session;
  /** Processes that the last session left. */
  swept: Swept;
}

/** The second half of a launch: everything a user sees, created while the server starts. */
export async function openApp(launch: Launch): Promise<void> {
  const { config, log, port, backend, sweeping } = launch;
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
  if (!systemSpelling) disableSpellChecker();
  if (appUserModelId !== undefined) app.setAppUserModelId(appUserModelId);

  const run = createRun(launch, build);
  const { lifecycle } = run;
  follow(run, backend.state);
  backend.onChange(state => follow(run, state));
  lifecycle.listen();
  await app.whenReady();
  lifecycle.listenToSignals();

  openWindows(run);
  drawMenu(run);
  if (sweeping) run.windows?.show(CLEANING_UP);
  show(run, backend.state);
  backend.onChange(state => show(run, state));
  const swept = await sweeping;
  if (swept === undefined || lifecycle.isQuitting) return;
  run.swept = swept;
  void backend.start();
}

/** Everything that exists before the app is ready. */
function createRun(launch: Launch, build: Build): Run {
  const { config, folders, log, backend, endLogs } = launch;
  const { rehearsal, appImageFile, program, about } = build;
  const phases = new StartPhases(launch.spawnMs);
  const smoke = config.mode === 'smoke' ? new Smoke(phases, reportSmoke) : undefined;
  const lifecycle = new Lifecycle({
    backend,
    updates: () => run.updates,
    windows: () => run.windows,
    interruptSmoke: smoke && (() => smoke.interrupted()),
    activate: () => show(run, backend.state),
    exit: code => (config.data === 'temporary' ? removeHomeAndExit(folders.home, code) : app.exit(code)),
    endLogs,
    log: log.line,
    program,
    args: process.argv.slice(1),
  });
  const updates = openUpdates({
    launch,
    testBuild: rehearsal,
    appImageFile,
    windows: () => run.windows,
    flushPage: () => flushPage(run),
    exitApp: newProgram => lifecycle.replaced(newProgram),
    menuChanged: () => drawMenu(run),
    relaunch: () => lifecycle.relaunch(),
  });
  const autostart = config.platform.autostartFile
    ? createFileAutostart(app.getPath('appData'), app.isPackaged ? [program] : [program, app.getAppPath()])
    : createSystemAutostart();
  const failureFile = keptFile(join(folders.profile, 'last-failure.json'), log.line);
  const now = () => performance.now() - processStartMs;
  const stateLog = new StateLog({ file: failureFile, about, now, log: log.line });
  const swept = { servers: 0, others: 0 };
  const run: Run = { launch, build, phases, smoke, stateLog, autostart, lifecycle, updates, swept };
  return run;

  function reportSmoke(report: { ok: boolean }): void {
    writeSync(1, `${JSON.stringify(report)}\n`);
    lifecycle.reported(report.ok ? 0 : 1);
  }
}

/** Handles each state of the server, apart from the screen. */
function follow(run: Run, state: BackendState): void {
  const { launch, smoke, stateLog, updates, lifecycle } = run;
  stateLog.record(state);
  updates.serverChanged(state);
  if (state.phase === 'ready') reach(run, 'serverReady');
  // Before anything is ended by force, and before the page may have to be reloaded.
  else if (state.phase !== 'starting') flushPage(run);
  if (state.phase !== 'failed') return;
  const { relaunches } = launch.config;
  if (smoke) smoke.failed(state.failure);
  else if (state.failure.kind === 'port-lost' && relaunches < PORT_RELAUNCHES) lifecycle.changePort(relaunches + 1);
}

/** Everything that needs an app that is ready. */
function openWindows(run: Run): void {
  const { launch, lifecycle } = run;
  const { backend, settings, processes, origin, log } = launch;
  servePages(join(__dirname, 'pages'));
  const pageLoad = new PageLoad();
  const session = openSession(run, pageLoad);
  const windows = openMainWindow(run, session, pageLoad);
  run.session = session;
  run.windows = windows;
  watchPowerEvents({
    sleeps: () => flushPage(run),
    wakes: () => backend.resumed(),
    ends: () => lifecycle.sessionEnds(),
    displaysChange: () => windows.centerUnreachable(),
    log: log.line,
  });
  const handlers = createHandlers({
    backend,
    windows,
    session,
    settings,
    processes,
    origin,
    updates: run.updates,
    autostart: run.autostart,
    about: run.build.about,
    painted: () => painted(run),
    relaunchOnOtherPort: () => lifecycle.changePort(0),
    openLogs: () => openLogs(launch),
    saveReport: () => saveReportOf(run),
    log: log.line,
  });
  registerHandlers(handlers, event => windows.identifySender(event), log.line);
}

function openSession(run: Run, pageLoad: PageLoad): Session {
  const { config, origin, backend, log } = run.launch;
  return createAppSession({
    origin,
    partition: config.server.kind === 'attached' ? 'persist:attached' : 'persist:cachibot',
    mayReachServer: () => backend.isOurs || backend.state.phase === 'attached',
    token: () => backend.token,
    mainId: () => run.windows?.main()?.webContents.id,
    pageLoad,
    log: log.line,
  });
}

function openMainWindow(run: Run, session: Session, pageLoad: PageLoad): Windows {
  const { lifecycle, launch } = run;
  const { config, folders, origin, log } = launch;
  const { frame, quitsWithLastWindow } = config.platform;
  const guards = { origin, preloadFile: join(__dirname, 'preload.js'), log: log.line };
  const windowFile = keptFile(join(folders.profile, 'window.json'), log.line);
  return createWindows({
    origin,
    preloadFile: guards.preloadFile,
    version: app.getVersion(),
    attached: config.server.kind === 'attached',
    frame,
    icon: join(__dirname, 'pages', 'icon.png'),
    dark: nativeTheme.shouldUseDarkColors,
    appSession: session,
    saved: readWindowState(windowFile.read()),
    save: state => keep('the window’s place', () => windowFile.write(state), log.line),
    isPageIncomplete: () => pageLoad.isIncomplete,
    shown: () => reach(run, 'windowShown'),
    closed: whose => {
      if (whose === 'shell' || quitsWithLastWindow) app.quit();
    },
    sessionMayEnd: () => flushPage(run),
    sessionEnds: () => {
      log.line('the session ends');
      lifecycle.sessionEnds();
    },
    prepare: contents => {
      guardNavigation(contents, guards);
      addContextMenu(contents);
      if (!frame) addMenuKeys(contents);
    },
    blockNavigation: contents => blockNavigation(contents, guards),
    log: log.line,
  });
}

function drawMenu(run: Run): void {
  setMenu({
    mac: process.platform === 'darwin',
    development: !app.isPackaged,
    version: run.build.version,
    openLogs: () => openLogs(run.launch),
    saveReport: () => saveReportOf(run),
    update: run.updates.menuItem(),
  });
}

function show(run: Run, state: BackendState): void {
  const screen = screenFor(state);
  if (!screen) return;
  // Said during the first start only.
  const noted = run.phases.has('serverReady') ? screen : withCleanupNote(screen, run.swept);
  run.windows?.show(withRollback(noted, run.updates.rollbackOption()));
}

/** The page shows something. What can wait until then begins. */
function painted(run: Run): void {
  const { launch, phases, smoke, autostart, updates } = run;
  const before = phases.has('uiPainted');
  reach(run, 'uiPainted');
  if (before) return;
  keep('the place of the app', () => autostart.repair(), launch.log.line);
  if (!smoke && launch.config.server.kind !== 'attached') updates.startChecking();
}

function reach({ launch, phases, smoke, windows }: Run, phase: Phase): void {
  phases.reach(phase);
  const window = windows?.main();
  const { backend, port } = launch;
  if (window === undefined || backend.state.phase !== 'ready') return;
  const server = { pid: backend.pid, port, version: backend.state.version };
  smoke?.progress({ server, url: window.webContents.getURL(), title: window.getTitle() });
}

function flushPage({ session }: Run): void {
  session?.flushStorageData();
}

function openLogs({ folders, log }: Launch): void {
  void shell.openPath(folders.logs).then(problem => {
    if (problem) log.line(`the folder of the logs could not be opened: ${problem}`);
  });
}

function saveReportOf({ launch, build, stateLog, windows }: Run): Promise<boolean> {
  const { config, folders, endLogs, log } = launch;
  const { about } = build;
  const collect = () => {
    const failure = windows?.failure();
    const text = failure && failureAsText(failure, about);
    const timeline = stateLog.timeline();
    return collectReport({ config, folders, about, failure: text, timeline, endLogs, log: log.line });
  };
  return saveReport(collect, log.line);
}

/** Does what may fail without harm: the log names the error, and the app continues. */
function keep(what: string, write: () => void, log: (line: string) => void): void {
  try {
    write();
  } catch (error) {
    log(`${what} could not be kept: ${(error as Error).message}`);
  }
}
