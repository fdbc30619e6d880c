import { BrowserWindow, nativeTheme, type WebContents } from 'electron';
import { words } from '../words/en';
import type { SettingsView } from './core/settings-view';
import { send } from './send';
import { loadShellPage, type ShellPageOptions } from './shell-window';
import { sandboxed } from './web-preferences';

interface Options extends ShellPageOptions {
  icon: string;
  settingsView(): SettingsView;
}

/** The settings window. It needs no server, and there is at most one. */
export class SettingsWindow {
  #window: BrowserWindow | undefined;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Undefined while it is closed. */
  get window(): BrowserWindow | undefined {
    return this.#window;
  }

  get contents(): WebContents | undefined {
    return this.#window?.webContents;
  }

  /** Opens the window, or brings it to the front. */
  open(): void {
    if (this.#window === undefined) return this.#create();
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** Shows the settings as they are now. */
  update(): void {
    if (this.#window) send(this.#window, 'settings', this.#options.settingsView());
  }

  #create(): void {
    const { preloadFile, icon } = this.#options;
    const window = new BrowserWindow({
      width: 720,
      height: 680,
      minWidth: 400,
      minHeight: 360,
      autoHideMenuBar: true,
      show: false,
      title: words.pages.settingsTitle,
      icon,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#101114' : '#f7f7f9',
      webPreferences: sandboxed(preloadFile),
    });
    this.#window = window;
    window.once('ready-to-show', () => window.show());
    // The user may come back from the system's settings, which can change the start at login.
    window.on('focus', () => this.update());
    window.webContents.on('did-finish-load', () => this.update());
    window.on('closed', () => {
      this.#window = undefined;
    });
    loadShellPage(window.webContents, 'settings.html', this.#options);
  }
}
