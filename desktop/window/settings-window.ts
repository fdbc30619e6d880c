import type { BrowserWindow, WebContents } from 'electron';
import { words } from '../words/en';
import type { SettingsView } from './core/settings-view';
import { send } from './send';
import { createShellWindow, type ShellWindowOptions } from './shell-window';

interface Options extends ShellWindowOptions {
  settingsView(): SettingsView;
  /** The settings window gets the focus, perhaps after an editor has changed the settings file. */
  settingsFocused(): void;
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
    const layout = { width: 720, height: 680, minWidth: 400, minHeight: 360, title: words.pages.settingsTitle };
    const window = createShellWindow('settings', layout, this.#options, () => this.update());
    this.#window = window;
    // The user may come back from the system's settings, which can change the start at login.
    window.on('focus', () => {
      this.#options.settingsFocused();
      this.update();
    });
    window.on('closed', () => {
      this.#window = undefined;
    });
  }
}
