import type { BrowserWindow, NavigationHistory } from 'electron';
import { addressForLog, mayLoadInMainWindow } from '../security/core/navigation-policy';
import { PAGE_BLANK, PAGE_CRASHED, PAGE_KEEPS_CRASHING, PAGE_STAYS_BLANK } from './core/page-notices';
import { MAX_CRASHES, RELOAD_MS, RetryAddress } from './core/page-retries';
import { revealPage } from './core/reveal';
import type { FailureScreen, Overlay, Screen } from './core/screen';
import { send } from './send';

interface Options {
  origin: string;
  crashedPageTakesFocus: boolean;
  /** The screen for the state of the server. */
  screen(): Screen | undefined;
  /** The page's initial requests have failed. */
  isIncomplete(): boolean;
  /** The page is loaded, for the first time or again. */
  onLoad(): void;
  /** The page can be shown. */
  onReady(): void;
  /** The server is ready, and the page cannot be used yet. */
  onSlow(): void;
  /** A page is reloaded, for this reason. */
  onReload(notice: Overlay): void;
  isQuitting(): boolean;
  /** The page has crashed more than `MAX_CRASHES` times in a row. */
  onGiveUp(failure: FailureScreen): void;
  log(line: string): void;
}

/** A page that stays empty for this long is shown as it is, unless the page has painted before in this run. */
const EMPTY_PAGE_MS = 20_000;
/** Interval of the check whether a page that can't be used yet is shown all the same. */
const REVEAL_CHECK_MS = 1_000;
/** Interval of the check whether another navigation has replaced that of the page. */
const LOST_PAGE_MS = 1_000;
/** HTTP status of the first response that is an error. */
const FIRST_ERROR_STATUS = 400;
/** CachiBot's page tries to reconnect to its server after 1, 2, 4, 8 and 16 s, and then no more. */
const PAGE_RETRIES_MS = 30_000;
/** After this long without a crash, earlier crashes no longer count. */
const STABLE_MS = 10_000;

/** `painted`: the page has rendered text. `usable`: the user can work with it, or it is shown as it is. */
type PageState = 'none' | 'loading' | 'painted' | 'usable';

/** Loads CachiBot's page into the main window, and reloads it when it crashes, goes blank or another page replaces it. */
export class MainPage {
  #state: PageState = 'none';
  #window: BrowserWindow | undefined;
  /** Crashes of the page and of its process, since the page was last stable. */
  #crashes = 0;
  /** The page has painted in this run of the app, so a page that stays empty has crashed. */
  #hasPainted = false;
  /** When the page lost its server, by `performance.now()`. */
  #disconnectedSince: number | undefined;
  /** When the server was ready and this page was not usable yet, by `performance.now()`. */
  #readySince: number | undefined;
  #revealTimer: NodeJS.Timeout | undefined;
  #stableTimer: NodeJS.Timeout | undefined;
  #emptyTimer: NodeJS.Timeout | undefined;
  /** The last address of the UI that the window has shown. A page may try to load others, which are refused. */
  #shownAddress: string;
  readonly #retryAddress = new RetryAddress();
  /** Where the page goes when it is loaded, because the user has clicked a notification. */
  #nextPath: string | undefined;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
    this.#shownAddress = `${options.origin}/`;
  }

  get state(): PageState {
    return this.#state;
  }

  /** Loads into `window` from now on, until the window closes. */
  attachTo(window: BrowserWindow): void {
    const { origin, log } = this.#options;
    this.#window = window;
    window.webContents.on('did-start-navigation', ({ url, isMainFrame, isSameDocument }) => {
      if (!isMainFrame || isSameDocument || !mayLoadInMainWindow(url, origin)) return;
      this.#expectPaint(window);
      // The user or the page reloads it.
      if (url === window.webContents.getURL()) this.#options.onLoad();
    });
    window.webContents.on('did-navigate', (_event, url, status) => this.#checkPage(window, url, status));
    window.webContents.on('did-navigate-in-page', (_event, url, isMainFrame) => {
      if (isMainFrame && mayLoadInMainWindow(url, origin)) this.#shownAddress = url;
    });
    window.webContents.on('did-fail-load', (_event, code, reason, url, isMainFrame) => {
      // -3 is a load that another load replaced.
      if (!isMainFrame || code === -3) return;
      log(`page ${url} did not load: ${reason} (${code})`);
      this.#state = 'none';
      this.#retryAddress.failed(this.#shownAddress, code, performance.now());
      this.#reloadSoon(window);
    });
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      log(`the page's process exited: ${reason} (${exitCode})`);
      // If the same address crashes again, it may be the cause.
      this.#recover(window, PAGE_CRASHED, PAGE_KEEPS_CRASHING, this.#crashes === 0 ? this.#address(window) : undefined);
    });
    window.on('closed', () => {
      this.#window = this.#disconnectedSince = undefined;
      this.#shownAddress = `${origin}/`;
      this.#retryAddress.forget();
      this.#state = 'none';
      clearInterval(this.#revealTimer);
    });
  }

  /** Loads the page if the window does not show it yet. */
  load(): void {
    if (this.#window && this.#state === 'none') this.#load(this.#window);
  }

  /** Goes to an address below the page's origin, as soon as the page can. */
  open(path: string): void {
    this.#nextPath = path;
    if (this.#state === 'usable') this.#goToNextPath();
  }

  /** Makes `load` load the page again, because its server is another one. */
  forget(): void {
    this.#state = 'none';
    this.#retryAddress.forget();
    clearInterval(this.#revealTimer);
  }

  /** The page reports that it has painted. */
  painted(): void {
    this.#hasPainted = true;
    if (this.#state === 'loading') this.#state = 'painted';
  }

  /** The page reports that the user can work with it. */
  usable(): void {
    this.#ready();
  }

  /** The page reports that it has become blank. */
  blank(): void {
    if (this.#window) this.#recover(this.#window, PAGE_BLANK, PAGE_STAYS_BLANK);
  }

  /** The next crash counts as the first. */
  forgetCrashes(): void {
    this.#crashes = 0;
  }

  /**
   * When the server returns, the page reconnects by itself, unless its retries have run out or its initial requests
   * failed: those pages are reloaded.
   */
  screenChanged(screen: Screen): void {
    if (screen.kind === 'waiting') this.#disconnectedSince ??= performance.now();
    if (screen.kind !== 'app' || screen.overlay || this.#disconnectedSince === undefined) return;
    const disconnectedMs = performance.now() - this.#disconnectedSince;
    this.#disconnectedSince = undefined;
    if (this.#window === undefined || this.#state === 'none') return;
    const hasGivenUp = this.#state !== 'loading' && disconnectedMs >= PAGE_RETRIES_MS;
    if (!hasGivenUp && !this.#options.isIncomplete()) return;
    const reason = hasGivenUp ? 'the server was away for too long' : 'the server was lost during its first requests';
    this.#options.log(`reloading the page: ${reason}`);
    this.#load(this.#window, this.#address(this.#window));
  }

  /**
   * Replaces anything but the UI. Guards refuse what the page navigates to. Reload and Back in the menu or by a key are
   * not the page's, so that no guard is called.
   */
  #checkPage(window: BrowserWindow, url: string, status: number): void {
    const { origin, log } = this.#options;
    const isPage = mayLoadInMainWindow(url, origin);
    if (isPage) this.#removeOtherEntries(window.webContents.navigationHistory);
    if (isPage && status < FIRST_ERROR_STATUS) {
      this.#shownAddress = url;
      return;
    }
    if (isPage) return this.#recover(window, PAGE_BLANK, PAGE_STAYS_BLANK);
    // The window's first page, `about:blank`, may finish while the UI loads.
    if (this.#state === 'none' || (this.#state === 'loading' && url === 'about:blank')) return;
    log(`reloading the page: ${addressForLog(url, origin)} replaced it`);
    this.#state = 'none';
    this.#reloadSoon(window);
  }

  /** Removes what is not the UI from the history: no guard sees where the mouse's buttons for back and forward lead. */
  #removeOtherEntries(history: NavigationHistory): void {
    for (let index = history.length() - 1; index >= 0; index--) {
      if (!mayLoadInMainWindow(history.getEntryAtIndex(index).url, this.#options.origin))
        history.removeEntryAtIndex(index);
    }
  }

  /** The address that the window shows if it is the UI's, else that of the start page. */
  #address(window: BrowserWindow): string {
    const url = window.webContents.getURL();
    return mayLoadInMainWindow(url, this.#options.origin) ? url : `${this.#options.origin}/`;
  }

  #load(window: BrowserWindow, address = this.#retryAddress.value ?? `${this.#options.origin}/`): void {
    const { origin, onLoad, log } = this.#options;
    this.#expectPaint(window);
    onLoad();
    const { crashedPageTakesFocus } = this.#options;
    // Electron focuses the window while it replaces a process that has crashed, unless it can't.
    const staysInBackground = crashedPageTakesFocus && window.webContents.isCrashed() && !window.isFocused();
    if (staysInBackground) window.setFocusable(false);
    // A failure is reported by `did-fail-load`.
    window.loadURL(address).catch(() => {});
    if (staysInBackground) window.setFocusable(true);
    const lostCheck = setInterval(() => {
      if (window.isDestroyed() || this.#state !== 'loading') return clearInterval(lostCheck);
      const contents = window.webContents;
      if (contents.isLoadingMainFrame() || mayLoadInMainWindow(contents.getURL(), origin)) return;
      // Another page has replaced ours, and nothing else would load ours again.
      clearInterval(lostCheck);
      log(`reloading the page: ${addressForLog(contents.getURL(), origin)} replaced it while it loaded`);
      this.#state = 'none';
      this.#reloadSoon(window);
    }, LOST_PAGE_MS);
  }

  #reloadSoon(window: BrowserWindow, address?: string): void {
    setTimeout(() => {
      if (this.#isWanted && this.#state === 'none' && !window.isDestroyed()) this.#load(window, address);
    }, RELOAD_MS);
  }

  /** A first page that stays empty may be slow, so it is shown as it is. A later page that stays empty has crashed. */
  #expectPaint(window: BrowserWindow): void {
    this.#state = 'loading';
    this.#expectUsable();
    clearTimeout(this.#emptyTimer);
    this.#emptyTimer = setTimeout(() => {
      if (window.isDestroyed() || this.#state !== 'loading' || !this.#isWanted) return;
      if (this.#hasPainted) return this.#recover(window, PAGE_BLANK, PAGE_STAYS_BLANK);
      this.#options.log('showing the page although it is still empty');
      this.#ready();
    }, EMPTY_PAGE_MS);
  }

  /** Shows a page that stays unusable as it is, because the user may still be able to do something in it. */
  #expectUsable(): void {
    this.#readySince = undefined;
    clearInterval(this.#revealTimer);
    this.#revealTimer = setInterval(() => {
      const screen = this.#options.screen();
      const isReady = screen?.kind === 'app' && screen.splash === undefined;
      this.#readySince = isReady ? (this.#readySince ?? performance.now()) : undefined;
      const decision = revealPage({
        painted: this.#state === 'painted',
        usable: this.#state === 'usable',
        readyMs: this.#readySince === undefined ? undefined : performance.now() - this.#readySince,
      });
      if (decision === 'slow') this.#options.onSlow();
      if (decision !== 'show') return;
      if (this.#state !== 'usable') this.#options.log('showing the page although it cannot be used yet');
      this.#ready();
    }, REVEAL_CHECK_MS);
  }

  /** Loads an address, or the start page, after a crash. Gives up after `MAX_CRASHES` crashes in a row. */
  #recover(window: BrowserWindow, notice: Overlay, failure: FailureScreen, address?: string): void {
    this.#state = 'none';
    this.#retryAddress.forget();
    clearTimeout(this.#stableTimer);
    this.#options.log(`the page has crashed (${++this.#crashes} in a row)`);
    if (this.#options.isQuitting()) return;
    if (this.#crashes > MAX_CRASHES) return this.#options.onGiveUp(failure);
    this.#options.onReload(notice);
    this.#reloadSoon(window, address);
  }

  #ready(): void {
    clearInterval(this.#revealTimer);
    if (this.#window === undefined || this.#state === 'usable') return;
    this.#state = 'usable';
    this.#retryAddress.forget();
    clearTimeout(this.#stableTimer);
    this.#stableTimer = setTimeout(() => this.forgetCrashes(), STABLE_MS);
    this.#options.onReady();
    this.#goToNextPath();
  }

  #goToNextPath(): void {
    if (this.#window && this.#nextPath !== undefined) send(this.#window, 'page:open', this.#nextPath);
    this.#nextPath = undefined;
  }

  /** A page that is loaded while its window closes would keep the app from quitting. */
  get #isWanted(): boolean {
    return !this.#options.isQuitting() && this.#options.screen()?.kind === 'app';
  }
}
