import type { BrowserWindow } from 'electron';
import { words } from '../words/en';
import { shortcutList } from './core/shortcut-list';
import { send } from './send';
import { closeOnEscape, createShellWindow, type ShellWindowOptions } from './shell-window';

interface Options extends ShellWindowOptions {
  mac: boolean;
}

/** The window that lists all keys. There is at most one. */
export class ShortcutsWindow {
  #window: BrowserWindow | undefined;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Opens the window above another one, or brings it to the front. */
  open(parent: BrowserWindow | undefined): void {
    if (this.#window) return this.#window.focus();
    const layout = {
      ...(parent === undefined ? {} : { parent }),
      width: 560,
      height: 640,
      minWidth: 360,
      minHeight: 300,
      minimizable: false,
      maximizable: false,
      title: words.shortcuts.title,
    };
    const window = createShellWindow('shortcuts', layout, this.#options, () => {
      send(window, 'shortcuts', shortcutList(this.#options.mac));
    });
    this.#window = window;
    closeOnEscape(window);
    window.on('closed', () => {
      this.#window = undefined;
    });
  }
}
