import { type BrowserWindow, type Rectangle, type View, type WebContents, WebContentsView } from 'electron';
import { loadShellPage, type ShellPageOptions, type ShellViewName } from './shell-window';
import { sandboxed } from './web-preferences';

interface Options extends ShellPageOptions {
  /** The window has the system's title bar. Without it, the page draws its own. */
  frame: boolean;
  /** The view may cover the title bar of the page: it draws one itself. */
  coversTitleBar?: boolean;
  /** Returns the bounds of the view in the part of the window that it may cover. */
  place(area: Rectangle): Rectangle;
  /** Whether the view gets the focus of the keyboard when it is shown; true by default. */
  takesFocus?: boolean;
  /** Colour of the view until its page has painted. Transparent without it. */
  background?: string;
}

/** The page draws its own title bar of 31 px, which it zooms, and a view must not cover its buttons. */
const TITLE_BAR = 32;
/** Tells a page to draw a title bar. */
const WITH_TITLE_BAR = '?title-bar';

/** A page of the shell above the page in the main window. It does not change the page. */
export class ShellView {
  #view: WebContentsView | undefined;
  #window: BrowserWindow | undefined;
  readonly #page: ShellViewName;
  readonly #options: Options;

  constructor(page: ShellViewName, options: Options) {
    this.#page = page;
    this.#options = options;
  }

  /** Undefined while the view is not shown. */
  get contents(): WebContents | undefined {
    return this.#view?.webContents;
  }

  /** The window in which the view is shown; undefined after it has closed. */
  get window(): BrowserWindow | undefined {
    return this.#window;
  }

  /** The view is shown in `window` from now on, until the window closes. */
  attachTo(window: BrowserWindow): void {
    this.#window = window;
    window.on('resize', () => this.fit());
    if (this.#options.coversTitleBar) window.on('focus', () => focusShown(window));
    window.on('closed', () => {
      this.#view?.webContents.close();
      this.#view = this.#window = undefined;
    });
  }

  /** Adds the view, unless it is shown. Calls `loaded` each time when its page has loaded. */
  show(loaded: (contents: WebContents) => void): void {
    if (this.#window === undefined || this.#view !== undefined) return;
    const view = new WebContentsView({ webPreferences: sandboxed(this.#options.preloadFile) });
    this.#view = view;
    view.setBackgroundColor(this.#options.background ?? '#00000000');
    // The failure page has the same host, and may have been zoomed.
    view.webContents.on('did-navigate', () => view.webContents.setZoomLevel(0));
    view.webContents.on('did-finish-load', () => {
      loaded(view.webContents);
      // The view may have been removed.
      if (this.#window === undefined || this.#view !== view) return;
      if (this.#options.coversTitleBar) covers.set(view, view.webContents);
      if (this.#options.takesFocus !== false) focusIn(this.#window, view.webContents);
    });
    this.#window.contentView.addChildView(view);
    this.fit();
    const query = this.#options.coversTitleBar && !this.#options.frame ? WITH_TITLE_BAR : '';
    loadShellPage(view.webContents, `${this.#page}.html${query}`, this.#options);
  }

  /** Puts the view above the others. */
  raise(): void {
    if (this.#view) this.#window?.contentView.addChildView(this.#view);
  }

  /** Removes the view, and gives the focus to what it covered. */
  hide(): void {
    if (this.#view === undefined) return;
    const view = this.#view;
    const hasFocus = view.webContents.isFocused();
    this.#view = undefined;
    this.#window?.contentView.removeChildView(view);
    view.webContents.close();
    if (this.#window && (hasFocus || this.#options.takesFocus !== false))
      focusIn(this.#window, this.#window.webContents);
  }

  /** Puts the view in its place. Call it when the zoom of the page has changed. */
  fit(): void {
    if (this.#window === undefined || this.#view === undefined) return;
    const { width, height } = this.#window.getContentBounds();
    const { frame, coversTitleBar, place } = this.#options;
    const y = frame || coversTitleBar ? 0 : Math.round(TITLE_BAR * this.#window.webContents.getZoomFactor());
    this.#view.setBounds(place({ x: 0, y, width, height: height - y }));
  }
}

/** Views that have loaded and cover the page of their window. */
const covers = new WeakMap<View, WebContents>();
/** The page of each window that gets the focus when its window does, once. */
const waiting = new WeakMap<BrowserWindow, WebContents>();

/**
 * Gives the focus to the topmost view that covers the page, or else to `contents`, as soon as the window has it: Electron
 * would take it from the program in which the user works.
 */
function focusIn(window: BrowserWindow, contents: WebContents): void {
  const target = topCover(window) ?? contents;
  if (window.isFocused()) {
    waiting.delete(window);
    target.focus();
  } else waiting.set(window, target);
}

/**
 * Gives the focus to what the user sees, each time the window gets it: Electron gives it to the window's own page, which a
 * view may cover.
 */
function focusShown(window: BrowserWindow): void {
  const target = topCover(window) ?? waiting.get(window);
  waiting.delete(window);
  if (target?.isDestroyed() === false) target.focus();
}

function topCover(window: BrowserWindow): WebContents | undefined {
  return window.contentView.children.flatMap(view => covers.get(view) ?? []).at(-1);
}
