import { BrowserWindow, type Session, type WebContents } from 'electron';
import { mayLoadInMainWindow } from '../security/core/navigation-policy';
import { type Commands, createCommands } from './commands';
import { MIN_HEIGHT, MIN_WIDTH, type WindowState } from './core/bounds';
import { NoticeQueue } from './core/notices';
import { ABOUT_PAGE, PAGE_HANGS } from './core/page-notices';
import type { FailureScreen, Overlay, Screen } from './core/screen';
import { windowTitle } from './core/window-title';
import { Downloads } from './downloads';
import { FindBar } from './find-bar';
import { MainPage } from './main-page';
import { OverlayView } from './overlay';
import { send } from './send';
import { groundColour, type ShellPageOptions } from './shell-window';
import { ShortcutsWindow } from './shortcuts-window';
import { SplashView } from './splash';
import { sandboxed } from './web-preferences';
import { StoredWindowState } from './window-state';

export interface MainWindowOptions extends ShellPageOptions {
  /** The origin of CachiBot's page. The main window never navigates to another one. */
  origin: string;
  version: string;
  attached: boolean;
  mac: boolean;
  /** The window has the system's title bar. Without it, the page draws its own. */
  frame: boolean;
  crashedPageTakesFocus: boolean;
  hasAppCommands: boolean;
  fillsNewWindows: boolean;
  icon: string;
  dark: boolean;
  appSession: Session;
  saved: WindowState;
  save(state: WindowState): void;
  /** The page's initial requests have failed. */
  isPageIncomplete(): boolean;
  /** Called when the main window becomes visible with the UI. */
  shown(): void;
  /** Called when the main window is no longer visible. */
  hidden(): void;
  /** Windows wants to end the user's session. A program or the user may still cancel that. */
  sessionMayEnd(): void;
  sessionEnds(): void;
  /** The app quits: no window is shown, and the main window may close. Otherwise it stays, and only `closed` is called. */
  isQuitting(): boolean;
  openSettings(): void;
  /** Adds the navigation guards, the menu's keys and the badge to a new main window. */
  prepare(window: BrowserWindow): void;
}

/** The main window is shown, is an entry of the taskbar only, or is hidden in the background. */
export type Presence = 'shown' | 'minimized' | 'hidden';

/** The main window's access to the other windows. */
interface OtherWindows {
  screen(): Screen | undefined;
  /** The user has closed the window, which showed CachiBot's page or the splash above it. */
  closedByUser(page: 'ui' | 'shell'): void;
  /** The way in which the main window is shown. */
  presence(): Presence;
  /** The window is no longer minimized. */
  restoredByUser(): void;
  /** The page has crashed more than `MAX_CRASHES` times in a row. */
  onGiveUp(failure: FailureScreen): void;
}

const FIRST_SIZE = { width: 1280, height: 840 };

/** The window of the UI, with its page, the overlay, and the windows that the page opens. */
export class MainWindow {
  readonly state: StoredWindowState;
  readonly page: MainPage;
  readonly overlay: OverlayView;
  readonly splash: SplashView;
  readonly findBar: FindBar;
  readonly downloads: Downloads;
  readonly commands: Commands;
  /** They are shown while the state of the server has no overlay. */
  readonly notices = new NoticeQueue();
  #window: BrowserWindow | undefined;
  /** The user has seen the page in this window, so that the splash covers it only while it is loaded again. */
  #hasShownPage = false;
  /** Windows that the page has opened to print or to preview. */
  readonly #previews = new WeakSet<WebContents>();
  readonly #options: MainWindowOptions;
  readonly #shortcuts: ShortcutsWindow;
  readonly #otherWindows: OtherWindows;

  constructor(options: MainWindowOptions, otherWindows: OtherWindows) {
    this.#options = options;
    this.#otherWindows = otherWindows;
    this.state = new StoredWindowState(options.saved, state => options.save(state));
    this.page = new MainPage({
      origin: options.origin,
      crashedPageTakesFocus: options.crashedPageTakesFocus,
      screen: otherWindows.screen,
      isIncomplete: () => options.isPageIncomplete(),
      isQuitting: options.isQuitting,
      onLoad: () => this.#cover(),
      onReady: () => this.#showPage(),
      onSlow: () => this.splash.update({ slow: true }),
      onReload: notice => {
        this.notices.remove(PAGE_HANGS);
        if (!this.splash.isShown) this.notices.add(notice);
      },
      onGiveUp: otherWindows.onGiveUp,
      log: options.log,
    });
    this.splash = new SplashView({
      ...options,
      screen: otherWindows.screen,
      isReload: () => this.#hasShownPage,
      loaded: () => this.reveal(),
    });
    this.overlay = new OverlayView({
      ...options,
      wanted: () => this.#wantedOverlay(),
      shown: it => this.notices.shown(it),
    });
    this.commands = createCommands({
      ...options,
      findBar: () => this.findBar,
      showShortcuts: () => this.#shortcuts.open(this.#window),
      mayShow: url => mayLoadInMainWindow(url, options.origin),
      zoomed: () => {
        this.findBar.fit();
        this.downloads.fit();
      },
    });
    this.#shortcuts = new ShortcutsWindow(options);
    this.findBar = new FindBar({
      ...options,
      isCovered: () => this.splash.isShown || this.overlay.contents !== undefined,
      listen: this.commands.listen,
    });
    this.downloads = new Downloads(options);
  }

  get window(): BrowserWindow | undefined {
    return this.#window;
  }

  hasOpened(contents: WebContents): boolean {
    return this.#previews.has(contents);
  }

  /** Opens the window if there is none. It opens while the server starts, so that only the page has to load afterwards. */
  open(): void {
    if (this.#window) return;
    const window = this.#create();
    this.#window = window;
    this.#hasShownPage = false;
    this.#watchWindow(window);
    // In the colour of the splash, which takes longer to draw than everything before it. Light themes have almost the same.
    if (this.#options.fillsNewWindows || !this.#options.dark) this.reveal();
    this.#options.prepare(window);
    window.webContents.on('did-create-window', child => this.#previews.add(child.webContents));
    window.webContents.on('page-title-updated', (event, title, isExplicit) => {
      event.preventDefault();
      // A page without a title has that of its address.
      window.setTitle(windowTitle(isExplicit ? title : ''));
    });
    this.page.attachTo(window);
    this.findBar.attachTo(window);
    this.downloads.attachTo(window);
    this.overlay.attachTo(window);
    this.splash.attachTo(window);
    this.splash.show();
    this.state.attachTo(window);
    this.#watchResponsiveness(window);
    // Starts the renderer process, so that it is running when the server is ready.
    void window.loadURL('about:blank').catch(() => {}); // rejects when the UI is loaded before it finishes
  }

  /** Covers the page, which is loaded again when there is a server for it. */
  restart(): void {
    this.page.forget();
    this.#cover();
  }

  /** Reloads the page, even if it hangs. */
  reload(): void {
    this.notices.remove(PAGE_HANGS);
    this.overlay.update();
    // A page that hangs does not respond to `reload`.
    this.#window?.webContents.forcefullyCrashRenderer();
  }

  /** Removes the notice that is shown. The next one follows. */
  dismiss(): void {
    this.notices.dismiss();
    this.overlay.update();
  }

  #create(): BrowserWindow {
    const { origin, preloadFile, version, attached, frame, icon, dark, appSession } = this.#options;
    return new BrowserWindow({
      ...FIRST_SIZE,
      ...this.state.bounds(),
      minWidth: MIN_WIDTH,
      minHeight: MIN_HEIGHT,
      frame,
      show: false,
      title: 'CachiBot',
      icon,
      // The window is shown before the splash is drawn, and looks like it.
      backgroundColor: groundColour(dark),
      webPreferences: sandboxed(preloadFile, {
        // The preload script also runs in frames, without Node: there it removes from content what no policy forbids.
        nodeIntegrationInSubFrames: true,
        session: appSession,
        additionalArguments: [
          `--cachibot-origin=${origin}`,
          `--cachibot-version=${version}`,
          ...(attached ? ['--cachibot-attached=yes'] : []),
        ],
      }),
    });
  }

  #watchResponsiveness(window: BrowserWindow): void {
    window.on('unresponsive', () => {
      this.#options.log('the page is not responding');
      this.notices.add(PAGE_HANGS);
      this.overlay.update();
    });
    window.on('responsive', () => {
      this.notices.remove(PAGE_HANGS);
      this.overlay.update();
    });
  }

  #watchWindow(window: BrowserWindow): void {
    window.on('show', () => this.overlay.update()); // a notice counts as shown only now
    window.on('hide', () => this.#options.hidden());
    window.on('restore', () => this.#otherWindows.restoredByUser());
    window.on('maximize', () => send(window, 'window:maximized', true));
    window.on('unmaximize', () => send(window, 'window:maximized', false));
    // Windows notifies a window of a shutdown, not the app. It may end this process as soon as the listener returns.
    window.on('query-session-end', () => this.#options.sessionMayEnd());
    window.on('session-end', () => this.#options.sessionEnds());
    window.on('close', event => {
      this.state.saveNow();
      if (this.#options.isQuitting()) return;
      event.preventDefault();
      this.#otherWindows.closedByUser(this.#hasShownPage ? 'ui' : 'shell');
    });
    window.on('closed', () => {
      this.#window = undefined;
      this.notices.remove(...ABOUT_PAGE);
    });
  }

  /** Shows the window, or its entry of the taskbar, unless it has to stay hidden. Returns false while the window is closed. */
  reveal(): boolean {
    const window = this.#window;
    if (window === undefined) return false;
    const presence = this.#otherWindows.presence();
    // Not a window that the user has minimized, which is not visible on Windows.
    if (presence === 'hidden' || window.isVisible() || window.isMinimized()) return true;
    if (this.state.maximized) window.maximize();
    if (presence === 'shown') window.show();
    else window.showInactive();
    if (this.#hasShownPage && !this.splash.isShown) this.#options.shown();
    if (presence === 'minimized') window.minimize();
    return true;
  }

  /** Covers the page while it is loaded, so that the user sees neither its own loading screen nor how it is drawn. */
  #cover(): void {
    if (this.#window === undefined || this.splash.isShown) return;
    this.splash.show();
    this.overlay.update();
    this.overlay.raise();
  }

  #showPage(): void {
    const { isShown } = this.splash;
    this.#hasShownPage = true;
    if (isShown) {
      const { dark } = this.#options;
      // So that the window does not flash when it grows or its page is loaded again.
      this.#window?.setBackgroundColor(this.state.background ?? (dark ? '#09090b' : '#ffffff'));
      this.splash.hide();
      if (this.#window?.isVisible()) this.#options.shown();
    }
    this.overlay.update();
    this.reveal();
  }

  #wantedOverlay(): Overlay | undefined {
    const screen = this.#otherWindows.screen();
    const aboutServer = screen?.kind === 'app' || screen?.kind === 'waiting' ? screen.overlay : undefined;
    // At the start, the splash says it.
    if (this.splash.isShown) return this.#hasShownPage ? aboutServer : undefined;
    return this.page.state === 'none' ? undefined : (aboutServer ?? this.notices.first);
  }
}
