import { type BrowserWindow, type WebContents, WebContentsView } from 'electron';
import type { Overlay } from './core/screen';
import { send } from './send';
import { loadShellPage, type ShellPageOptions } from './shell-window';
import { sandboxed } from './web-preferences';

interface Options extends ShellPageOptions {
  /** The window has the system's title bar. Without it, the page draws its own. */
  frame: boolean;
  /** The overlay to show now; undefined for none. */
  wanted(): Overlay | undefined;
}

/** The page draws its own title bar of 31 px, and the overlay must not cover its buttons. */
const TITLE_BAR = 32;

/** A view of the shell above the page in the main window. It does not change the page. */
export class OverlayView {
  #view: WebContentsView | undefined;
  #window: BrowserWindow | undefined;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  get contents(): WebContents | undefined {
    return this.#view?.webContents;
  }

  /** Shows the overlay in `window` from now on, until the window closes. */
  attachTo(window: BrowserWindow): void {
    this.#window = window;
    window.on('resize', () => this.#fit(window));
    window.on('closed', () => {
      this.#view?.webContents.close();
      this.#view = this.#window = undefined;
    });
  }

  /** Shows, changes or removes the overlay. */
  update(): void {
    const overlay = this.#options.wanted();
    if (this.#window === undefined || overlay === undefined) this.#remove();
    else if (this.#view) send(this.#view.webContents, 'overlay', overlay);
    else this.#add(this.#window);
  }

  #add(window: BrowserWindow): void {
    const view = new WebContentsView({ webPreferences: sandboxed(this.#options.preloadFile) });
    this.#view = view;
    view.setBackgroundColor('#00000000');
    view.webContents.on('did-finish-load', () => {
      this.update();
      view.webContents.focus();
    });
    window.contentView.addChildView(view);
    this.#fit(window);
    loadShellPage(view.webContents, 'overlay', this.#options);
  }

  #remove(): void {
    if (this.#view === undefined) return;
    const view = this.#view;
    this.#view = undefined;
    this.#window?.contentView.removeChildView(view);
    view.webContents.close();
    this.#window?.webContents.focus();
  }

  #fit(window: BrowserWindow): void {
    const { width, height } = window.getContentBounds();
    const top = this.#options.frame ? 0 : TITLE_BAR;
    this.#view?.setBounds({ x: 0, y: top, width, height: height - top });
  }
}
