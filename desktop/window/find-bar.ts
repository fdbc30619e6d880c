import type { BrowserWindow, Rectangle, WebContents } from 'electron';
import type { FindAction } from '../ipc/core/contract';
import { send } from './send';
import { ShellView } from './shell-view';
import type { ShellPageOptions } from './shell-window';

const WIDTH = 400;
const HEIGHT = 56;
/** Keeps the bar beside the page's scroll bar. */
const MARGIN = 16;

interface Options extends ShellPageOptions {
  frame: boolean;
  /** The splash or an overlay covers the page. */
  isCovered(): boolean;
  /** Lets the keys of the commands work in the bar, too: they act on `page`. */
  listen(contents: WebContents, page: WebContents): void;
}

/** The bar that finds text in the page. */
export class FindBar {
  readonly #view: ShellView;
  /** The path of the page in which the bar was opened: that of a chat, for instance. */
  #path = '';
  /** The text of the last search, which the bar offers again. */
  #text = '';
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
    this.#view = new ShellView('find', { ...options, place });
  }

  get contents(): WebContents | undefined {
    return this.#view.contents;
  }

  /** Call it when the zoom of the page has changed. */
  fit(): void {
    this.#view.fit();
  }

  attachTo(window: BrowserWindow): void {
    this.#view.attachTo(window);
    window.webContents.on('found-in-page', (_event, { activeMatchOrdinal, matches }) => {
      const { contents } = this.#view;
      if (contents) send(contents, 'find', { current: activeMatchOrdinal, matches });
    });
    // A page that is loaded again has no matches.
    window.webContents.on('did-navigate', () => this.close());
    window.webContents.on('did-navigate-in-page', (_event, url, isMainFrame) => {
      if (isMainFrame && pathOf(url) !== this.#path) this.close();
    });
  }

  /** Shows the bar, or gives it the focus. `page` is the one in which the user wants to find a text. */
  open(page: WebContents): void {
    if (page !== this.#view.window?.webContents || this.#options.isCovered()) return;
    const { contents } = this.#view;
    if (contents !== undefined) {
      contents.focus();
      return this.#offerText(contents);
    }
    this.#path = pathOf(page.getURL());
    this.#view.show(loaded => this.#offerText(loaded));
    if (this.#view.contents) this.#options.listen(this.#view.contents, page);
  }

  /** Does what the bar asks for. */
  run(action: FindAction): void {
    if (action === 'close') this.close();
    else if (typeof action === 'object') this.#find(action.text);
    else this.step(this.#view.window?.webContents, action === 'next');
  }

  /** Finds a text from the start of the page. */
  #find(text: string): void {
    this.#text = text;
    if (text === '') {
      this.#view.window?.webContents.stopFindInPage('clearSelection');
      if (this.#view.contents) send(this.#view.contents, 'find', { current: 0, matches: 0 });
    } else this.#view.window?.webContents.findInPage(text, { findNext: true });
  }

  /** Goes to the next match, or to the previous one. Opens the bar if nothing was searched for yet. */
  step(page: WebContents | undefined, forward: boolean): void {
    if (page === undefined || page !== this.#view.window?.webContents) return;
    if (this.#view.contents === undefined || this.#text === '') return this.open(page);
    page.findInPage(this.#text, { findNext: false, forward });
  }

  /** Removes the bar. The match stays selected. */
  close(): void {
    if (this.#view.contents === undefined) return;
    this.#view.window?.webContents.stopFindInPage('keepSelection');
    this.#view.hide();
  }

  #offerText(contents: WebContents): void {
    send(contents, 'find', { text: this.#text });
  }
}

function pathOf(url: string): string {
  return new URL(url).pathname;
}

function place({ x, y, width, height }: Rectangle): Rectangle {
  const size = { width: Math.min(WIDTH, width), height: Math.min(HEIGHT, height) };
  return { ...size, x: x + Math.max(0, width - size.width - MARGIN), y };
}
