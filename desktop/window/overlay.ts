import type { BrowserWindow, WebContents } from 'electron';
import type { Overlay } from './core/screen';
import { send } from './send';
import { ShellView } from './shell-view';
import type { ShellPageOptions } from './shell-window';

interface Options extends ShellPageOptions {
  frame: boolean;
  /** The overlay to show now; undefined for none. */
  wanted(): Overlay | undefined;
}

/** A message of the shell that covers the page in the main window. */
export class OverlayView {
  readonly #view: ShellView;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
    this.#view = new ShellView('overlay', { ...options, place: area => area });
  }

  get contents(): WebContents | undefined {
    return this.#view.contents;
  }

  attachTo(window: BrowserWindow): void {
    this.#view.attachTo(window);
  }

  /** Shows, changes or removes the overlay. */
  update(): void {
    const overlay = this.#options.wanted();
    const { contents } = this.#view;
    if (overlay === undefined) this.#view.hide();
    else if (contents) send(contents, 'overlay', overlay);
    else this.#view.show(() => this.update());
  }
}
