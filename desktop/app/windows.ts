import { join } from 'node:path';
import { app, nativeTheme, type Session } from 'electron';
import { orLog } from '../log/or-log';
import { blockNavigation, guardNavigation } from '../security/navigation-guards';
import { createAppSession } from '../security/session';
import { createSpelling } from '../security/spelling';
import { openJsonFile } from '../settings/json-file';
import { readWindowState } from '../window/core/bounds';
import { PageLoad } from '../window/core/page-load';
import { showMessage, showNotPrinted } from '../window/dialogs';
import { addMenuKeys } from '../window/open-menu';
import { watchUse } from '../window/watch-use';
import { createWindows, type Windows } from '../window/windows';
import { compiledFiles } from './compiled-files';
import { flushPage, type Parts, recordPhase } from './parts';

/** Time in which a hidden page saves what it holds. */
const PAGE_SAVES_MS = 500;

export interface OpenedWindows {
  windows: Windows;
  /** The session of CachiBot's page. */
  session: Session;
}

/** Creates the session and the windows. Call it when the app is ready. */
export function openWindows(parts: Parts): OpenedWindows {
  const pageLoad = new PageLoad();
  const session = openSession(parts, pageLoad);
  const windows = openMainWindow(parts, session, pageLoad);
  parts.session = session;
  parts.windows = windows;
  return { windows, session };
}

function openSession(parts: Parts, pageLoad: PageLoad): Session {
  const { config, folders, origin, backend, settings, log } = parts.launch;
  const appSession = createAppSession({
    origin,
    partition: config.server.kind === 'attached' ? 'persist:attached' : 'persist:cachibot',
    codeCache: folders.codeCache,
    mayReachServer: () => backend.isOurs || backend.state.phase === 'attached',
    token: () => backend.token,
    mainId: () => parts.windows?.main()?.webContents.id,
    pageLoad,
    serverUsed: backend.use.note,
    pageWrote: () => parts.machine?.soon(),
    download: item => parts.windows?.downloads.start(item),
    downloadRefused: () => parts.windows?.downloads.refused(),
    log: log.line,
  });
  if (!config.platform.systemSpelling) {
    const spelling = createSpelling({ appSession, settings, show: showMessage, log: log.line });
    spelling.check(settings.get().spellingLanguages);
    settings.onChange(({ spellingLanguages }, before) => {
      if (spellingLanguages.join() !== before.spellingLanguages.join()) spelling.check(spellingLanguages);
    });
  }
  return appSession;
}

function openMainWindow(parts: Parts, session: Session, pageLoad: PageLoad): Windows {
  const { lifecycle, launch } = parts;
  const { backend, config, folders, origin, settings, log } = launch;
  const { frame, hasDock, crashedPageTakesFocus, hasAppCommands, fillsNewWindows } = config.platform;
  const { preload, pages } = compiledFiles();
  const notPrinted = (reason: string) => showNotPrinted(reason, log.line);
  const guards = { origin, preloadFile: preload, gestures: parts.links.gestures, notPrinted, log: log.line };
  const windowFile = openJsonFile(join(folders.profile, 'window.json'), log.line);
  return createWindows({
    origin,
    preloadFile: preload,
    pagesFolder: pages,
    version: app.getVersion(),
    shownVersion: parts.build.version,
    serverVersion: () => (backend.state.phase === 'ready' ? backend.state.version : undefined),
    system: `${process.platform} ${process.getSystemVersion()}, ${process.arch}`,
    appPath: app.getAppPath(),
    attached: config.server.kind === 'attached',
    mac: process.platform === 'darwin',
    frame,
    crashedPageTakesFocus,
    hasAppCommands,
    fillsNewWindows,
    icon: join(pages, 'icon.png'),
    dark: nativeTheme.shouldUseDarkColors,
    appSession: session,
    saved: readWindowState(windowFile.read()),
    save: state => orLog('could not save the position of the window', () => windowFile.write(state), log.line),
    settingsView: () => parts.settingsPage.view(),
    settingsFocused: () => settings.reload(),
    isPageIncomplete: () => pageLoad.isIncomplete,
    shown: () => recordPhase(parts, 'windowShown'),
    // The page saves what it holds when it is hidden. The app may be killed while it quits.
    hidden: () => void setTimeout(() => flushPage(parts), PAGE_SAVES_MS),
    startsInBackground: config.hidden || (hasDock && app.getLoginItemSettings().wasOpenedAtLogin),
    isQuitting: () => lifecycle.isQuitting,
    closed: page => {
      // Not in the event itself: a quit closes the window, which is closing already.
      setImmediate(() => (page === 'shell' ? app.quit() : void parts.background?.closeMainWindow()));
    },
    sessionMayEnd: () => flushPage(parts),
    sessionEnds: () => lifecycle.sessionEnds(),
    prepare: window => {
      guardNavigation(window.webContents, guards);
      if (!frame) addMenuKeys(window.webContents, () => parts.windows?.openMenu());
      parts.badge.attachTo(window);
      watchUse(window, backend.use.note);
    },
    openOwn: address => parts.links.openOwn(address),
    openLink: address => void parts.links.openChosen(address),
    blockNavigation: contents => blockNavigation(contents, guards),
    log: log.line,
  });
}
