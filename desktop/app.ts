import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { app, nativeTheme, shell } from 'electron';
import { reportText } from './diagnostics/core/report';
import { Timeline } from './diagnostics/core/timeline';
import { lookAround } from './diagnostics/doctor';
import { endsOf, saveReport } from './diagnostics/report-file';
import { createHandlers } from './ipc/handlers';
import { registerHandlers } from './ipc/server';
import { guardNavigation, keepInPlace } from './security/navigation-guards';
import { createAppSession, leaveSpellingAlone } from './security/session';
import { type BackendState, isAtRest, isLeaving } from './server/core/state';
import { keptFile } from './settings/json-file';
import { appImageOf, rehearsalOf } from './startup/build-info';
import { processStartMs } from './startup/clock';
import type { Launch } from './startup/launch';
import { createSmoke, type Phase } from './startup/smoke';
import { removeHomeAndExit } from './startup/temporary-profile';
import { fileStartOnBoot, systemStartOnBoot } from './system/autostart';
import { followMachine } from './system/power';
import { openUpdates } from './updates/service';
import { readWindowState } from './window/core/bounds';
import { PageStart } from './window/core/page-load';
import { failureAsText, SWEEPING, screenFor, withSwept, withWayBack } from './window/core/screen';
import { addContextMenu, addMenuKeys, setMenu } from './window/menu';
import { announcePages, servePages } from './window/shell-pages';
import { createWindows, type Windows } from './window/windows';

/** How often a run may begin anew because its port was lost, before the person is asked. */
const RELAUNCHES = 3;
const AGAIN = 'it was started again while it was closing';
/** Exit code that asks scripts/run-electron.mjs for another start. */
const BEGIN_ANEW = 75;

/** The second half of the start: everything a person sees, built while the server starts. */
export async function openApp(launch: Launch): Promise<void> {
  const { config, folders, log, settings, port, origin, backend, processes, sweeping, spawnMs, endLogs } = launch;
  const { platform } = config;
  const attached = config.server.kind === 'attached';
  const rehearsal = rehearsalOf(app.getAppPath());
  const version = rehearsal ? `${app.getVersion()} (rehearsal: ${rehearsal})` : app.getVersion();
  const aboutApp = `CachiBot ${version}, Electron ${process.versions.electron}, ${process.platform} ${process.arch}`;
  log.line(`${aboutApp}; port ${port}`);
  announcePages();
  if (!platform.systemSpelling) leaveSpellingAlone();
  if (platform.appUserModelId !== undefined) app.setAppUserModelId(platform.appUserModelId);

  // Whatever is thrown past every catch: say it and end. The server's stdin closes with this process.
  process.on('uncaughtException', error => {
    try {
      log.lastWords(`crash: ${error.stack}`);
      writeSync(2, `CachiBot crashed: ${error.stack}\n`);
    } finally {
      app.exit(1);
    }
  });

  const windowFile = keptFile(join(folders.profile, 'window.json'), log.line);
  const failureFile = keptFile(join(folders.profile, 'last-failure.json'), log.line);
  const phases: Partial<Record<Phase, number>> = { spawn: Math.round(spawnMs) };
  const smoke =
    config.mode === 'smoke' ? createSmoke(report => leave(report.ok ? 0 : 1, JSON.stringify(report))) : undefined;

  // An AppImage is run from a place that is another at each start.
  const appImageFile = appImageOf(process.execPath, process.env);
  const program = appImageFile ?? process.execPath;
  const startOnBoot = platform.autostartFile
    ? fileStartOnBoot(app.getPath('appData'), app.isPackaged ? [program] : [program, app.getAppPath()])
    : systemStartOnBoot();

  let windows: Windows | undefined;
  let appSession: Electron.Session | undefined;
  let painted = false;
  let hurried = false;
  /** Nothing takes that back: who starts the app from here on gets another process. */
  let quitting = false;
  /** Of the process, when it ends. */
  let endCode = 0;

  /** What an earlier run had left. */
  let swept = { servers: 0, others: 0 };

  const updates = openUpdates({
    launch,
    rehearsal,
    appImageFile,
    windows: () => windows,
    flushPage: () => appSession?.flushStorageData(),
    leave: async program => {
      windows?.hide();
      if (program !== undefined) app.relaunch({ execPath: program, args: argumentsAgain() });
      await endLogs();
      app.exit(0);
    },
    menuChanged: () => drawMenu(),
    beginAnew: () => beginAnew(AGAIN),
  });

  const timeline = new Timeline();
  let logged = '';
  const follow = (state: BackendState) => {
    // The count of modules moves many times a second; all else is worth a line.
    const line = JSON.stringify(state, (key, value) => (key === 'modules' ? undefined : value));
    if (line !== logged) {
      log.line(`server: ${line}`);
      timeline.note(performance.now() - processStartMs, line);
    }
    logged = line;
    updates.follow(state);
    if (state.phase === 'ready') reached('serverReady');
    // Before anything is ended by force, and before the page may have to be loaded anew.
    else if (state.phase !== 'starting') appSession?.flushStorageData();
    if (state.phase !== 'failed') return;
    keep('the failure', () =>
      failureFile.write({
        at: new Date().toISOString(),
        about: aboutApp,
        failure: state.failure,
      }),
    );
    if (smoke) smoke.failed(state.failure);
    else if (state.failure.kind === 'port-lost' && config.relaunches < RELAUNCHES) relaunch(config.relaunches + 1);
  };
  follow(backend.state);
  backend.onChange(follow);

  // From here to `ready` a second launch, a signal or a quit may come before there is anything to show.
  app.on('second-instance', (_event, _argv, _cwd, handed) => {
    log.line(`started once more, with ${JSON.stringify(handed)}`);
    // A person who wants it back while it is still closing gets it back.
    if (!quitting && !isLeaving(backend.state)) windows?.focus();
    else if (!updates.comeBack()) beginAnew(AGAIN);
  });
  quitOnSignals();
  app.on('before-quit', event => {
    if (!smoke && isAtRest(backend.state) && (hurried || !updates.holdsQuit())) return;
    event.preventDefault();
    if (smoke) return smoke.interrupted();
    quitting = true;
    windows?.hide();
    const installed = hurried ? Promise.resolve() : updates.atQuit();
    void installed.then(atRest).then(() => (endCode === 0 ? app.quit() : app.exit(endCode)));
  });
  // Each window says itself when the person has closed it; without a listener Electron would quit here, on macOS too.
  app.on('window-all-closed', () => {});
  await app.whenReady();
  quitOnSignals();

  servePages(join(__dirname, 'pages'));
  const pageStart = new PageStart();
  appSession = createAppSession({
    origin,
    partition: attached ? 'persist:attached' : 'persist:cachibot',
    open: () => backend.isOurs || backend.state.phase === 'attached',
    token: () => backend.token,
    mainId: () => windows?.main()?.webContents.id,
    pageStart,
    log: log.line,
  });
  const guards = { origin, preloadFile: join(__dirname, 'preload.js'), log: log.line };
  windows = createWindows({
    origin,
    preloadFile: guards.preloadFile,
    version: app.getVersion(),
    attached,
    frame: platform.frame,
    icon: join(__dirname, 'pages', 'icon.png'),
    dark: nativeTheme.shouldUseDarkColors,
    appSession,
    saved: readWindowState(windowFile.read()),
    save: state => keep('the window’s place', () => windowFile.write(state)),
    pageLacks: () => pageStart.lacks,
    shown: () => reached('windowShown'),
    closed: whose => {
      if (whose === 'shell' || platform.quitsWithLastWindow) app.quit();
    },
    sessionMayEnd: () => appSession?.flushStorageData(),
    sessionEnds: () => {
      log.line('the session ends');
      quitInHurry();
    },
    equip: contents => {
      guardNavigation(contents, guards);
      addContextMenu(contents);
      if (!platform.frame) addMenuKeys(contents);
    },
    keepInPlace: contents => keepInPlace(contents, guards),
    log: log.line,
  });
  followMachine({
    sleeps: () => appSession?.flushStorageData(),
    wakes: () => backend.resumed(),
    ends: quitInHurry,
    displaysChange: () => windows?.bringBack(),
    log: log.line,
  });
  const drawMenu = () =>
    setMenu({
      mac: process.platform === 'darwin',
      development: !app.isPackaged,
      version,
      openLogs,
      saveReport: keepReport,
      update: updates.menuItem(),
    });
  drawMenu();
  const handlers = createHandlers({
    backend,
    windows,
    session: appSession,
    settings,
    updates,
    startOnBoot,
    processes,
    origin,
    about: aboutApp,
    painted: () => {
      reached('uiPainted');
      afterPaint();
    },
    relaunch: () => relaunch(0),
    openLogs,
    saveReport: keepReport,
    log: log.line,
  });
  registerHandlers(handlers, event => windows?.whoAsks(event), log.line);

  const show = (state: BackendState) => {
    const screen = screenFor(state);
    if (!screen) return;
    // Said while the first start goes on, and never again.
    const noted = phases.serverReady === undefined ? withSwept(screen, swept) : screen;
    windows?.show(withWayBack(noted, updates.wayBack()));
  };
  if (sweeping) windows.show(SWEEPING);
  show(backend.state);
  backend.onChange(show);
  void sweeping?.then(found => {
    swept = found;
    void backend.start();
  });
  app.on('activate', () => show(backend.state));

  /** What can wait until the person sees something. */
  function afterPaint(): void {
    if (painted) return;
    painted = true;
    keep('the place of the app', () => startOnBoot.mend());
    if (!smoke && !attached) updates.begin();
  }

  /** Notes how many milliseconds after main's first line a phase was reached, once. */
  function reached(phase: Phase): void {
    phases[phase] ??= Math.round(performance.now() - processStartMs);
    const window = windows?.main();
    const { state } = backend;
    if (smoke === undefined || window === undefined || state.phase !== 'ready') return;
    const server = { pid: backend.pid, port, version: state.version };
    smoke.progress(phases, { server, url: window.webContents.getURL(), title: window.getTitle() });
  }

  function leave(code: number, line: string): void {
    writeSync(1, `${line}\n`);
    void atRest().then(() => (config.data === 'temporary' ? removeHomeAndExit(folders.home, code) : app.exit(code)));
  }

  /** The mapping to the port is fixed for this process, so another port needs another process. */
  function relaunch(count: number): void {
    beginAnew('the port was lost, another is taken', [`--relaunched=${count}`]);
    void atRest().then(() => app.exit(endCode));
  }

  /** Has another process begin once this one has ended. */
  function beginAnew(why: string, more: readonly string[] = []): void {
    log.line(`CachiBot begins anew: ${why}`);
    // In a clone the terminal's command begins the next one, or Ctrl-C would no longer reach it.
    if (app.isPackaged) app.relaunch({ execPath: program, args: [...argumentsAgain(), ...more] });
    else endCode = BEGIN_ANEW;
  }

  /** The machine goes down, and waits for nobody: whatever can come another day does. */
  function quitInHurry(): void {
    hurried = true;
    app.quit();
  }

  function argumentsAgain(): string[] {
    return process.argv.slice(1).filter(word => !word.startsWith('--relaunched='));
  }

  /** The server is gone and the logs are written: `app.exit`, which waits for nothing, may follow. */
  async function atRest(): Promise<void> {
    await backend.stop();
    await endLogs();
  }

  function keepReport(): Promise<boolean> {
    return saveReport(report, log.line);
  }

  /** Everything that helps to find out what went wrong, as one text. */
  async function report(): Promise<string> {
    await endLogs();
    const failure = windows?.failure();
    const machine = await lookAround(config, folders, log.line).catch((error: Error) => `nothing: ${error.message}`);
    const files = await endsOf([
      { name: 'Where the server hung (hang.txt)', path: join(folders.logs, 'hang.txt') },
      { name: 'The end of the app’s log (main.log)', path: join(folders.logs, 'main.log') },
      { name: 'The end of what the server said (server.log)', path: join(folders.logs, 'server.log') },
      {
        name: 'The end of the server’s own log (cachibot.log)',
        path: join(folders.home, '.cachibot', 'logs', 'cachibot.log'),
      },
    ]);
    return reportText(
      {
        made: new Date().toISOString(),
        about: aboutApp,
        failure: failure && failureAsText(failure, aboutApp),
        timeline: timeline.lines(),
        machine,
        files,
      },
      [folders.home, app.getPath('home')],
    );
  }

  /**
   * Before the app is ready, and again then: Chromium has put handlers of its own in our place meanwhile, whose second
   * signal is the end at once, with the server left to see to itself.
   */
  function quitOnSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal);
      process.on(signal, () => app.quit());
    }
  }

  function openLogs(): void {
    void shell.openPath(folders.logs).then(problem => {
      if (problem) log.line(`the folder of the logs could not be opened: ${problem}`);
    });
  }

  /** For what may fail without harm: it is said in the log, and the app goes on. */
  function keep(what: string, write: () => void): void {
    try {
      write();
    } catch (error) {
      log.line(`${what} could not be kept: ${(error as Error).message}`);
    }
  }
}
