import {
  BrowserWindow,
  type BrowserWindowConstructorOptions,
  type IpcMainInvokeEvent,
  type Session,
  screen,
  type WebContents,
  type WebPreferences,
} from 'electron';
import { type Bounds, MIN_HEIGHT, MIN_WIDTH, placeWindow, type WindowState } from './core/bounds';
import type { Asker, Notices } from './core/ipc';
import { originOf } from './core/navigation';
import type { FailureScreen, Screen } from './core/screen';

interface Options {
  /** The page of CachiBot, and the origin it never leaves. */
  origin: string;
  preloadFile: string;
  version: string;
  attached: boolean;
  /** The window has the system's title bar; elsewhere the page draws its own. */
  frame: boolean;
  icon: string;
  dark: boolean;
  appSession: Session;
  saved: WindowState;
  save(state: WindowState): void;
  /** The main window shows the UI. */
  shown(): void;
  /** The person closed a window that stands for the whole app: the UI's, or one of the shell's. */
  closed(whose: Asker): void;
  /** Gives a new main window its guards and its context menu. */
  equip(contents: WebContents): void;
  /** Lets a page of the shell lead nowhere. */
  keepInPlace(contents: WebContents): void;
  log(line: string): void;
}

export interface Windows {
  show(screen: Screen): void;
  /** The page says that it has painted, with its background. */
  painted(background: string | undefined): void;
  focus(): void;
  /** Out of sight at once when the app is on its way out. */
  hide(): void;
  /** Tells the UI, if there is one. */
  tell<Name extends keyof Notices>(name: Name, notice: Notices[Name]): void;
  /** Which of our pages sent a request; undefined for any other page, and for frames inside ours. */
  whoAsks(event: IpcMainInvokeEvent): Asker | undefined;
  main(): BrowserWindow | undefined;
  /** The failure on the screen, if there is one. */
  failure(): FailureScreen | undefined;
}

/** Own pages come from their own scheme, see `pages.ts`. */
const SHELL_PAGES = 'app://shell';
const SPLASH = { width: 420, height: 320 };
const FAILURE = { width: 720, height: 560 };
const FIRST_SIZE = { width: 1280, height: 840 };
/** A page that failed to load is asked for again after this long, as long as the server is there. */
const RELOAD_MS = 250;
/** A ready server whose page stays empty is shown as it is: better than a splash for ever. */
const EMPTY_PAGE_MS = 20_000;
const SAVE_MS = 500;
/** How often in a row the page's process may end before it is left alone. */
const CRASHES = 3;
const PAGE_CRASHES: FailureScreen = {
  kind: 'failure',
  title: 'The page keeps crashing',
  detail:
    'The server is well, but the window’s own process ended several times in a row. Try again; the log tells more.',
  lines: [],
};

export function createWindows(options: Options): Windows {
  const { origin, log } = options;
  let splash: BrowserWindow | undefined;
  let failure: BrowserWindow | undefined;
  let main: BrowserWindow | undefined;
  let current: Screen | undefined;
  let state = options.saved;
  let saving: NodeJS.Timeout | undefined;
  /** Of the page now in the main window. */
  let page: 'none' | 'loading' | 'painted' = 'none';
  /** Of the page's process, since it last painted. */
  let crashes = 0;

  return {
    show(next) {
      current = next;
      if (next.kind === 'failure') return showFailure(next);
      const text = next.kind === 'splash' ? next : next.splash;
      if (text && page !== 'painted') {
        splash ??= openShellPage(
          'splash',
          { ...SPLASH, frame: false, resizable: false, maximizable: false },
          () => (splash = undefined),
        );
        send(splash, 'screen', next);
      }
      close(failure);
      main ??= openMain();
      if (next.kind === 'app' && page === 'none') load(main);
    },

    painted(background) {
      if (background) remember({ background });
      reveal();
    },

    focus() {
      const window = main?.isVisible() ? main : (failure ?? splash ?? main);
      if (window?.isMinimized()) window.restore();
      window?.show();
      window?.focus();
    },

    hide() {
      saveNow();
      for (const window of [splash, failure, main]) window?.hide();
    },

    tell(name, notice) {
      if (main) send(main, name, notice);
    },

    whoAsks({ sender, senderFrame }) {
      if (senderFrame === null || senderFrame !== sender.mainFrame) return undefined;
      if (sender === main?.webContents) return originOf(senderFrame.url) === origin ? 'ui' : undefined;
      const ours = sender === splash?.webContents || sender === failure?.webContents;
      return ours && senderFrame.url.startsWith(`${SHELL_PAGES}/`) ? 'shell' : undefined;
    },

    main: () => main,
    failure: () => (current?.kind === 'failure' ? current : undefined),
  };

  function showFailure(next: FailureScreen): void {
    current = next;
    failure ??= openShellPage(
      'failure',
      { ...FAILURE, minWidth: 520, minHeight: 400, autoHideMenuBar: true },
      () => (failure = undefined),
    );
    send(failure, 'screen', next);
    close(main);
    close(splash);
  }

  /** Splash and failure page: no session, no server, nothing but our own files. */
  function openShellPage(
    name: 'splash' | 'failure',
    shape: BrowserWindowConstructorOptions,
    gone: () => void,
  ): BrowserWindow {
    const window = new BrowserWindow({
      ...shape,
      show: false,
      title: 'CachiBot',
      icon: options.icon,
      backgroundColor: options.dark ? '#101114' : '#f7f7f9',
      webPreferences: safe({}),
    });
    options.keepInPlace(window.webContents);
    window.once('ready-to-show', () => window.show());
    window.webContents.on('did-finish-load', () => current && send(window, 'screen', current));
    window.on('close', () => {
      if (!programmatic.has(window)) options.closed('shell');
    });
    window.on('closed', gone);
    void window.loadURL(`${SHELL_PAGES}/${name}.html`);
    return window;
  }

  /** Made while the server starts, so that only the page is missing when it answers. */
  function openMain(): BrowserWindow {
    const bounds = placeWindow(
      state.bounds,
      screen.getAllDisplays().map(display => display.workArea),
    );
    const window = new BrowserWindow({
      ...FIRST_SIZE,
      ...bounds,
      minWidth: MIN_WIDTH,
      minHeight: MIN_HEIGHT,
      frame: options.frame,
      show: false,
      title: 'CachiBot',
      icon: options.icon,
      // The colour of the page's last look, so that nothing flashes between window and page.
      backgroundColor: state.background ?? (options.dark ? '#09090b' : '#ffffff'),
      webPreferences: safe({
        session: options.appSession,
        spellcheck: options.appSession.isSpellCheckerEnabled(),
        additionalArguments: [
          `--cachibot-origin=${origin}`,
          `--cachibot-version=${options.version}`,
          ...(options.attached ? ['--cachibot-attached=yes'] : []),
        ],
      }),
    });
    options.equip(window.webContents);
    window.webContents.on('did-start-navigation', ({ url, isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument && originOf(url) === origin) page = 'loading';
    });
    window.webContents.on('did-fail-load', (_event, code, reason, url, isMainFrame) => {
      // -3 is a load that another load replaced.
      if (!isMainFrame || code === -3) return;
      log(`page ${url} did not load: ${reason} (${code})`);
      page = 'none';
      reloadSoon(window);
    });
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      log(`the page's process ended: ${reason} (${exitCode})`);
      page = 'none';
      if (++crashes > CRASHES) showFailure(PAGE_CRASHES);
      else reloadSoon(window);
    });
    window.webContents.on('page-title-updated', event => event.preventDefault());
    for (const event of ['maximize', 'unmaximize', 'resize', 'move'] as const) {
      window.on(event as 'maximize', () => rememberBounds(window));
    }
    window.on('maximize', () => send(window, 'window:maximized', true));
    window.on('unmaximize', () => send(window, 'window:maximized', false));
    window.on('close', () => {
      saveNow();
      if (!programmatic.has(window)) options.closed('ui');
    });
    window.on('closed', () => {
      main = undefined;
      page = 'none';
    });
    // Nothing to see, but a process to see it with: it is there when the server answers.
    void window.loadURL('about:blank').catch(() => {}); // the UI may come sooner and take its place
    return window;
  }

  function load(window: BrowserWindow): void {
    page = 'loading';
    // What goes wrong with it arrives as `did-fail-load`.
    window.loadURL(`${origin}/`).catch(() => {});
    setTimeout(() => {
      if (window.isDestroyed() || page !== 'loading' || current?.kind !== 'app') return;
      log('the page is still empty; it is shown as it is');
      reveal();
    }, EMPTY_PAGE_MS);
  }

  function reloadSoon(window: BrowserWindow): void {
    setTimeout(() => {
      if (current?.kind === 'app' && page === 'none' && !window.isDestroyed()) load(window);
    }, RELOAD_MS);
  }

  function reveal(): void {
    if (main === undefined || page === 'painted') return;
    page = 'painted';
    crashes = 0;
    if (!main.isVisible()) {
      if (state.maximized) main.maximize();
      main.show();
      options.shown();
    }
    // Last, or the app would see its last window close and quit.
    close(splash);
  }

  function safe(more: WebPreferences): WebPreferences {
    return { preload: options.preloadFile, sandbox: true, contextIsolation: true, nodeIntegration: false, ...more };
  }

  function rememberBounds(window: BrowserWindow): void {
    if (!window.isVisible() || window.isMinimized()) return;
    const bounds: Bounds = window.getNormalBounds();
    remember({ bounds, maximized: window.isMaximized() });
  }

  function remember(change: Partial<WindowState>): void {
    state = { ...state, ...change };
    clearTimeout(saving);
    saving = setTimeout(saveNow, SAVE_MS);
  }

  function saveNow(): void {
    if (saving === undefined) return;
    clearTimeout(saving);
    saving = undefined;
    options.save(state);
  }
}

/** Windows that the shell itself closes, so that their end is not taken for the person's wish to leave. */
const programmatic = new WeakSet<BrowserWindow>();

function close(window: BrowserWindow | undefined): void {
  if (window === undefined || window.isDestroyed()) return;
  programmatic.add(window);
  window.destroy();
}

function send<Name extends keyof Notices>(window: BrowserWindow, name: Name, notice: Notices[Name]): void {
  if (!window.isDestroyed()) window.webContents.send(name, notice);
}
