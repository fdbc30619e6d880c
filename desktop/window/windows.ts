import {
  BrowserWindow,
  type BrowserWindowConstructorOptions,
  type IpcMainInvokeEvent,
  type Session,
  screen,
  type WebContents,
  WebContentsView,
  type WebPreferences,
} from 'electron';
import type { Asker, Notices } from '../ipc/core/contract';
import { originOf } from '../security/core/navigation-policy';
import { type Bounds, MIN_HEIGHT, MIN_WIDTH, placeWindow, type WindowState } from './core/bounds';
import type { FailureScreen, Overlay, Screen } from './core/screen';

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
  /** The page has not got what it asked for when it began. */
  pageLacks(): boolean;
  /** The main window shows the UI. */
  shown(): void;
  /** The person closed a window that stands for the whole app: the UI's, or one of the shell's. */
  closed(whose: Asker): void;
  /** Windows is about to end the person's session. It may ask first, and be kept from it by another program. */
  sessionMayEnd(): void;
  sessionEnds(): void;
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
  /** The page says that it has lost everything it showed. */
  blank(): void;
  focus(): void;
  /** Loads the page anew. */
  reload(): void;
  /** Takes away what the window itself had to say. */
  dismiss(): void;
  /** Puts a window back within reach whose display is gone. */
  bringBack(): void;
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

/** Own pages come from their own scheme, see `shell-pages.ts`. */
const SHELL_PAGES = 'app://shell';
const SPLASH = { width: 420, height: 320 };
const FAILURE = { width: 780, height: 560 };
const FIRST_SIZE = { width: 1280, height: 840 };
/** A page that failed to load is asked for again after this long, as long as the server is there. */
const RELOAD_MS = 250;
/** A ready server whose page stays empty is shown as it is: better than a splash for ever. */
const EMPTY_PAGE_MS = 20_000;
/** How often a page that is on its way is looked after. */
const LOST_PAGE_MS = 1_000;
const SAVE_MS = 500;
/** The page draws its own title bar of 31 px: what lies over the page leaves its buttons free. */
const TITLE_BAR = 32;
/** CachiBot's page tries to come back to its server 1, 2, 4, 8 and 16 s after one another, and then never again. */
const PAGE_RETRIES_MS = 30_000;
/** How often in a row a page may crash, or its process end, before it is left alone. */
const CRASHES = 3;
/** A page that has been there for so long has not crashed in a row. */
const STABLE_MS = 10_000;
const PAGE_CRASHED: Overlay = {
  title: 'The page had to be loaded again',
  text: 'Its process ended. The server went on all the while, and what you have typed is back in its place.',
  busy: false,
  choices: ['dismiss', 'logs'],
};
const PAGE_BLANK: Overlay = {
  title: 'The page went blank and was reloaded',
  text: 'The server kept running, and your chats are still there. So is the text that you had typed but not sent: open its chat to continue.',
  busy: false,
  choices: ['dismiss', 'logs'],
};
const PAGE_HANGS: Overlay = {
  title: 'The page does not answer',
  text: 'It may be busy and come back by itself; or it can be loaded again.',
  busy: false,
  choices: ['dismiss', 'reload', 'logs'],
};
const PAGE_CRASHES: FailureScreen = {
  kind: 'failure',
  title: 'The page keeps crashing',
  detail:
    'The server is well, but the window’s own process ended several times in a row. Try again; the log tells more.',
  lines: [],
};

const PAGE_STAYS_BLANK: FailureScreen = {
  kind: 'failure',
  title: 'The page keeps going blank',
  detail:
    'The server is fine, but the page went blank several times in a row. Try again. If that fails, check the log.',
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
  /** Of the page and its process, since the page was last stable. */
  let crashes = 0;
  let stable: NodeJS.Timeout | undefined;
  let emptyFor: NodeJS.Timeout | undefined;
  /** The page can be shown: if it stays empty later, it has crashed. */
  let hasPainted = false;
  /** Windows that the page has opened to print or to preview. */
  const previews = new WeakSet<WebContents>();
  /** What lies over the page. */
  let cover: WebContentsView | undefined;
  /** What this window has to say about the page, when the server has nothing to say. */
  let remark: Overlay | undefined;
  /** The text of the last notice, which is shown once. */
  let noticed: string | undefined;
  /** Since when the page has had no server, by `performance.now()`. */
  let aloneSince: number | undefined;

  return {
    show(next) {
      current = next;
      if (next.kind === 'failure') return showFailure(next);
      if (next.kind === 'app' && next.notice && next.notice.text !== noticed) {
        noticed = next.notice.text;
        remark = next.notice;
      }
      showOverlay();
      noteServer(next);
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
      hasPainted = true;
      if (background) remember({ background });
      reveal();
    },

    blank() {
      if (main) recover(main, PAGE_BLANK, PAGE_STAYS_BLANK);
    },

    reload() {
      remark = undefined;
      showOverlay();
      // A page that hangs would not even listen to being left.
      main?.webContents.forcefullyCrashRenderer();
    },

    dismiss() {
      remark = undefined;
      showOverlay();
    },

    focus() {
      const window = main?.isVisible() ? main : (failure ?? splash ?? main);
      if (window?.isMinimized()) window.restore();
      window?.show();
      window?.focus();
    },

    bringBack() {
      const areas = screen.getAllDisplays().map(display => display.workArea);
      for (const window of [splash, failure, main]) {
        if (window === undefined || window.isDestroyed() || placeWindow(window.getBounds(), areas)) continue;
        log('a window was out of reach, since the displays are others now');
        window.center();
      }
    },

    hide() {
      saveNow();
      // A quit may arrive while a window closes: it is destroyed then, and its `closed` has not run yet.
      for (const window of [splash, failure, main]) if (window?.isDestroyed() === false) window.hide();
    },

    tell(name, notice) {
      if (main) send(main, name, notice);
    },

    whoAsks({ sender, senderFrame }) {
      if (senderFrame === null || senderFrame !== sender.mainFrame) return undefined;
      if (sender === main?.webContents) return originOf(senderFrame.url) === origin ? 'ui' : undefined;
      if (previews.has(sender)) return 'preview';
      const ours = [splash?.webContents, failure?.webContents, cover?.webContents].includes(sender);
      return ours && senderFrame.url.startsWith(`${SHELL_PAGES}/`) ? 'shell' : undefined;
    },

    main: () => main,
    failure: () => (current?.kind === 'failure' ? current : undefined),
  };

  function showFailure(next: FailureScreen): void {
    current = next;
    crashes = 0;
    failure ??= openShellPage(
      'failure',
      { ...FAILURE, minWidth: 520, minHeight: 400, autoHideMenuBar: true },
      () => (failure = undefined),
    );
    send(failure, 'screen', next);
    close(main);
    close(splash);
  }

  /** Lays over the page what there is to say, or takes it away. */
  function showOverlay(): void {
    const overlay = (current?.kind === 'app' || current?.kind === 'waiting' ? current.overlay : undefined) ?? remark;
    if (main === undefined || overlay === undefined || page === 'none') return uncover();
    if (cover) return send(cover.webContents, 'overlay', overlay);
    const view = new WebContentsView({ webPreferences: safe({}) });
    cover = view;
    view.setBackgroundColor('#00000000');
    options.keepInPlace(view.webContents);
    view.webContents.on('did-finish-load', () => {
      showOverlay();
      view.webContents.focus();
    });
    main.contentView.addChildView(view);
    placeCover(main);
    const draw = () => void view.webContents.loadURL(`${SHELL_PAGES}/overlay.html`);
    drawAnew(view.webContents, draw);
    draw();
  }

  function uncover(): void {
    if (cover === undefined) return;
    const view = cover;
    cover = undefined;
    main?.contentView.removeChildView(view);
    view.webContents.close();
    main?.webContents.focus();
  }

  function placeCover(window: BrowserWindow): void {
    const { width, height } = window.getContentBounds();
    const top = options.frame ? 0 : TITLE_BAR;
    cover?.setBounds({ x: 0, y: top, width, height: height - top });
  }

  /**
   * A page whose server is back goes on as it is. One that was alone for too long has given up on the server, and one
   * whose beginning broke off never asks again: these have to be loaded anew.
   */
  function noteServer({ kind }: Screen): void {
    if (kind === 'waiting') aloneSince ??= performance.now();
    if (kind !== 'app' || aloneSince === undefined || current?.kind !== 'app' || current.overlay) return;
    const aloneMs = performance.now() - aloneSince;
    aloneSince = undefined;
    if (main === undefined || page === 'none') return;
    const gaveUp = page === 'painted' && aloneMs >= PAGE_RETRIES_MS;
    if (!gaveUp && !options.pageLacks()) return;
    log(
      `the page ${gaveUp ? 'was without its server for so long that it' : 'lost its server as it began, and'} is loaded anew`,
    );
    load(main);
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
    const draw = () => void window.loadURL(`${SHELL_PAGES}/${name}.html`);
    drawAnew(window.webContents, draw);
    window.once('ready-to-show', () => window.show());
    window.webContents.on('did-finish-load', () => current && send(window, 'screen', current));
    window.on('close', () => {
      if (!programmatic.has(window)) options.closed('shell');
    });
    window.on('closed', gone);
    draw();
    return window;
  }

  /** A page of the shell whose process ends is there again at once, unless that goes on and on. */
  function drawAnew(contents: WebContents, draw: () => void): void {
    let left = CRASHES;
    contents.on('render-process-gone', (_event, { reason, exitCode }) => {
      log(`the process of ${contents.getURL()} ended: ${reason} (${exitCode})`);
      if (left-- <= 0) return;
      setTimeout(() => {
        if (!contents.isDestroyed()) draw();
      }, RELOAD_MS);
    });
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
    window.webContents.on('did-create-window', child => previews.add(child.webContents));
    window.webContents.on('did-start-navigation', ({ url, isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument && originOf(url) === origin) expectPaint(window);
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
      recover(window, PAGE_CRASHED, PAGE_CRASHES);
    });
    window.on('unresponsive', () => {
      log('the page does not answer');
      remark ??= PAGE_HANGS;
      showOverlay();
    });
    window.on('responsive', () => {
      if (remark === PAGE_HANGS) remark = undefined;
      showOverlay();
    });
    window.on('resize', () => placeCover(window));
    window.webContents.on('page-title-updated', event => event.preventDefault());
    for (const event of ['maximize', 'unmaximize', 'resize', 'move'] as const) {
      window.on(event as 'maximize', () => rememberBounds(window));
    }
    window.on('maximize', () => send(window, 'window:maximized', true));
    window.on('unmaximize', () => send(window, 'window:maximized', false));
    // Windows tells a window, not the app, that it is shut down. Once this returns it may end us at any moment.
    window.on('query-session-end', () => options.sessionMayEnd());
    window.on('session-end', () => options.sessionEnds());
    window.on('close', () => {
      saveNow();
      if (!programmatic.has(window)) options.closed('ui');
    });
    window.on('closed', () => {
      cover?.webContents.close();
      main = cover = remark = aloneSince = undefined;
      page = 'none';
    });
    // Nothing to see, but a process to see it with: it is there when the server answers.
    void window.loadURL('about:blank').catch(() => {}); // the UI may come sooner and take its place
    return window;
  }

  /** Loads the page at its home after a crash, so not at what has made it crash; gives up after a few in a row. */
  function recover(window: BrowserWindow, notice: Overlay, givenUp: FailureScreen): void {
    page = 'none';
    clearTimeout(stable);
    log(`the page has crashed (${++crashes} in a row)`);
    if (crashes > CRASHES) return showFailure(givenUp);
    if (window.isVisible()) remark = notice;
    reloadSoon(window);
  }

  /** A page that has never painted may be slow, and is shown as it is. One that has can be shown, so it has crashed. */
  function expectPaint(window: BrowserWindow): void {
    page = 'loading';
    clearTimeout(emptyFor);
    emptyFor = setTimeout(() => {
      if (window.isDestroyed() || page !== 'loading' || current?.kind !== 'app') return;
      if (hasPainted) return recover(window, PAGE_BLANK, PAGE_STAYS_BLANK);
      log('the page is still empty; it is shown as it is');
      reveal();
    }, EMPTY_PAGE_MS);
  }

  function load(window: BrowserWindow): void {
    expectPaint(window);
    // What goes wrong with it arrives as `did-fail-load`.
    window.loadURL(`${origin}/`).catch(() => {});
    const lost = setInterval(() => {
      if (window.isDestroyed() || page !== 'loading') return clearInterval(lost);
      const contents = window.webContents;
      if (contents.isLoadingMainFrame() || originOf(contents.getURL()) === origin) return;
      // Whatever took its place, nobody would ask for the page again.
      clearInterval(lost);
      log(`the page was lost on its way (at ${contents.getURL()}); it is loaded again`);
      page = 'none';
      reloadSoon(window);
    }, LOST_PAGE_MS);
  }

  function reloadSoon(window: BrowserWindow): void {
    setTimeout(() => {
      if (current?.kind === 'app' && page === 'none' && !window.isDestroyed()) load(window);
    }, RELOAD_MS);
  }

  function reveal(): void {
    if (main === undefined || page === 'painted') return;
    page = 'painted';
    clearTimeout(stable);
    stable = setTimeout(() => (crashes = 0), STABLE_MS);
    if (!main.isVisible()) {
      if (state.maximized) main.maximize();
      main.show();
      options.shown();
    }
    showOverlay();
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

function send<Name extends keyof Notices>(to: BrowserWindow | WebContents, name: Name, notice: Notices[Name]): void {
  if (to.isDestroyed()) return;
  (to instanceof BrowserWindow ? to.webContents : to).send(name, notice);
}
