import type { BrowserWindow, WebContents } from 'electron';
import type { Overlay } from './core/screen';
import { send } from './send';
import { ShellView } from './shell-view';
import type { ShellPageOptions } from './shell-window';

interface Options extends ShellPageOptions {
  frame: boolean;
  /** The overlay to show now; undefined for none. */
  wanted(): Overlay | undefined;
  /** The user can see this overlay. */
  shown(overlay: Overlay): void;
}

/** A message of the shell that covers the page in the main window. */
export class OverlayView {
  readonly #view: ShellView;
  /** The page of the view, once it has loaded. */
  #loaded: WebContents | undefined;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
    this.#view = new ShellView('overlay', { ...options, coversTitleBar: true, place: area => area });
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
    else if (contents === undefined) this.#view.show(() => this.#pageLoaded());
    else if (contents === this.#loaded) {
      send(contents, 'overlay', overlay);
      if (this.#view.window?.isVisible()) this.#options.shown(overlay);
    }
  }

  /** Puts the overlay above the other views. */
  raise(): void {
    this.#view.raise();
  }

  #pageLoaded(): void {
    this.#loaded = this.#view.contents;
    this.update();
  }
}
