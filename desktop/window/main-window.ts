import { BrowserWindow, type Session, type WebContents } from 'electron';
import { MIN_HEIGHT, MIN_WIDTH, type WindowState } from './core/bounds';
import { PAGE_HANGS } from './core/page-notices';
import type { FailureScreen, Overlay, Screen } from './core/screen';
import { MainPage } from './main-page';
import { OverlayView } from './overlay';
import { send } from './send';
import type { ShellPageOptions } from './shell-window';
import { sandboxed } from './web-preferences';
import { StoredWindowState } from './window-state';

export interface MainWindowOptions extends ShellPageOptions {
  /** The page of CachiBot, and the origin it never leaves. */
  origin: string;
  version: string;
  attached: boolean;
  /** The window has the system's title bar; elsewhere the page draws its own. */
  frame: boolean;
  icon: string;
  dark: boolean;
  appSession: Session;
  saved: WindowState;
  save(state: WindowState): void;
  /** The page's initial requests have failed. */
  pageLacks(): boolean;
  /** The main window shows the UI. */
  shown(): void;
  /** Windows is about to end the user's session. It may ask first, and another program may prevent it. */
  sessionMayEnd(): void;
  sessionEnds(): void;
  /** Gives a new main window its guards and its context menu. */
  equip(contents: WebContents): void;
}

/** The other windows, as far as the main window depends on them. */
interface Surroundings {
  screen(): Screen | undefined;
  closedByUser(): void;
  /** The main window is visible. */
  onVisible(): void;
  /** The page has crashed too often. */
  onGiveUp(failure: FailureScreen): void;
}

const FIRST_SIZE = { width: 1280, height: 840 };

/** The window of the UI, with its page, the overlay, and the windows that the page opens. */
export class MainWindow {
  readonly state: StoredWindowState;
  readonly page: MainPage;
  readonly overlay: OverlayView;
  /** Says something about the page while the server's state says nothing. */
  notice: Overlay | undefined;
  #window: BrowserWindow | undefined;
  /** Windows that the page has opened to print or to preview. */
  readonly #previews = new WeakSet<WebContents>();
  readonly #options: MainWindowOptions;
  readonly #surroundings: Surroundings;

  constructor(options: MainWindowOptions, surroundings: Surroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
    this.state = new StoredWindowState(options.saved, state => options.save(state));
    this.page = new MainPage({
      origin: options.origin,
      screen: surroundings.screen,
      isIncomplete: () => options.pageLacks(),
      onReady: window => this.#showPage(window),
      onReload: notice => {
        this.notice = notice;
      },
      onGiveUp: surroundings.onGiveUp,
      log: options.log,
    });
    this.overlay = new OverlayView({ ...options, wanted: () => this.#wantedOverlay() });
  }

  get window(): BrowserWindow | undefined {
    return this.#window;
  }

  hasOpened(contents: WebContents): boolean {
    return this.#previews.has(contents);
  }

  /** Opens the window if there is none: while the server starts, so that only the page is missing when it answers. */
  open(): void {
    if (this.#window) return;
    const window = this.#create();
    this.#window = window;
    this.#options.equip(window.webContents);
    window.webContents.on('did-create-window', child => this.#previews.add(child.webContents));
    window.webContents.on('page-title-updated', event => event.preventDefault());
    this.page.follow(window);
    this.overlay.follow(window);
    this.state.follow(window);
    this.#followResponses(window);
    this.#followWindow(window);
    // Starts the renderer process, so that it is ready when the server answers.
    void window.loadURL('about:blank').catch(() => {}); // the UI may come sooner and take its place
  }

  /** Reloads the page, even one that hangs. */
  reload(): void {
    this.dismiss();
    // A page that hangs does not handle `reload`.
    this.#window?.webContents.forcefullyCrashRenderer();
  }

  /** Removes the notice about the page. */
  dismiss(): void {
    this.notice = undefined;
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
      // The page's last background, so that nothing flashes between window and page.
      backgroundColor: this.state.background ?? (dark ? '#09090b' : '#ffffff'),
      webPreferences: sandboxed(preloadFile, {
        session: appSession,
        spellcheck: appSession.isSpellCheckerEnabled(),
        additionalArguments: [
          `--cachibot-origin=${origin}`,
          `--cachibot-version=${version}`,
          ...(attached ? ['--cachibot-attached=yes'] : []),
        ],
      }),
    });
  }

  #followResponses(window: BrowserWindow): void {
    window.on('unresponsive', () => {
      this.#options.log('the page does not answer');
      this.notice ??= PAGE_HANGS;
      this.overlay.update();
    });
    window.on('responsive', () => {
      if (this.notice === PAGE_HANGS) this.notice = undefined;
      this.overlay.update();
    });
  }

  #followWindow(window: BrowserWindow): void {
    window.on('maximize', () => send(window, 'window:maximized', true));
    window.on('unmaximize', () => send(window, 'window:maximized', false));
    // Windows notifies a window of a shutdown, not the app. Once this returns it may end us at any moment.
    window.on('query-session-end', () => this.#options.sessionMayEnd());
    window.on('session-end', () => this.#options.sessionEnds());
    window.on('close', () => {
      this.state.saveNow();
      this.#surroundings.closedByUser();
    });
    window.on('closed', () => {
      this.#window = this.notice = undefined;
    });
  }

  #showPage(window: BrowserWindow): void {
    if (!window.isVisible()) {
      if (this.state.maximized) window.maximize();
      window.show();
      this.#options.shown();
    }
    this.overlay.update();
    this.#surroundings.onVisible();
  }

  #wantedOverlay(): Overlay | undefined {
    if (this.page.state === 'none') return undefined;
    const screen = this.#surroundings.screen();
    return (screen?.kind === 'app' || screen?.kind === 'waiting' ? screen.overlay : undefined) ?? this.notice;
  }
}
