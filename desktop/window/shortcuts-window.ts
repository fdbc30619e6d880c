import { BrowserWindow, nativeTheme } from 'electron';
import { words } from '../words/en';
import { shortcutList } from './core/shortcut-list';
import { send } from './send';
import { loadShellPage, type ShellPageOptions } from './shell-window';
import { sandboxed } from './web-preferences';

interface Options extends ShellPageOptions {
  mac: boolean;
  icon: string;
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
    const { mac, icon, preloadFile } = this.#options;
    const window = new BrowserWindow({
      ...(parent === undefined ? {} : { parent }),
      width: 560,
      height: 640,
      minWidth: 360,
      minHeight: 300,
      minimizable: false,
      maximizable: false,
      autoHideMenuBar: true,
      show: false,
      title: words.shortcuts.title,
      icon,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#101114' : '#f7f7f9',
      webPreferences: sandboxed(preloadFile),
    });
    this.#window = window;
    window.once('ready-to-show', () => window.show());
    window.on('page-title-updated', event => event.preventDefault());
    window.on('closed', () => {
      this.#window = undefined;
    });
    window.webContents.on('did-finish-load', () => send(window, 'shortcuts', shortcutList(mac)));
    window.webContents.on('before-input-event', (_event, { type, key }) => {
      if (type === 'keyDown' && key === 'Escape') window.close();
    });
    loadShellPage(window.webContents, 'shortcuts.html', this.#options);
  }
}
