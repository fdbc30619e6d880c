import { app, type BaseWindow, BrowserWindow, type IpcMainInvokeEvent, type WebContents } from 'electron';
import type { Events, Sender } from '../ipc/core/contract';
import { senderFacts } from '../security/core/frame-facts';
import { originOf } from '../security/core/origin';
import { AboutWindow } from './about-window';
import { addContextMenu, type ContextMenuOptions } from './context-menu';
import { placeWindow } from './core/bounds';
import type { FailureScreen, Overlay, Screen } from './core/screen';
import type { SettingsView } from './core/settings-view';
import type { Command } from './core/shortcuts';
import type { Downloads } from './downloads';
import type { FindBar } from './find-bar';
import { MainWindow, type MainWindowOptions, type Presence } from './main-window';
import { openMenu } from './open-menu';
import { send } from './send';
import { SettingsWindow } from './settings-window';
import { isShellAddress } from './shell-pages';
import { openShellWindow } from './shell-window';
import { workAreas } from './window-state';

interface Options extends Omit<MainWindowOptions, 'openSettings'>, ContextMenuOptions {
  /** The app starts in the background, without a visible window. */
  startsInBackground: boolean;
  /** The content of the settings window. */
  settingsView(): SettingsView;
  /** The settings window gets the focus. */
  settingsFocused(): void;
  /** Called when the user closes the main window or a window of the shell. */
  closed(page: Sender): void;
  /** The version of the app as the user reads it. */
  shownVersion: string;
  /** The version of the server; undefined until it is known. */
  serverVersion(): string | undefined;
  /** Name, version and architecture of the system. */
  system: string;
  /** The folder of the app's code. */
  appPath: string;
  /** Opens one of the app's own addresses in the browser. */
  openOwn(address: string): Promise<void>;
}

export interface Windows {
  show(screen: Screen): void;
  /** The page reports that it has painted, with its background as a CSS colour. */
  painted(background: string | undefined): void;
  /** The page reports that the user can work with it. */
  usable(): void;
  /** The page reports that it has become blank. */
  blank(): void;
  /** Shows the window in which the user works. Ends the background. */
  focus(): void;
  /** Hides the main window. */
  hideInBackground(): void;
  /** Shows the main window as an entry of the taskbar only. */
  minimize(): void;
  /** No window is shown, until `focus` or a failure. */
  readonly inBackground: boolean;
  /** Reloads the page. */
  reload(): void;
  /** Shows a notice above the page, after those before, until the user dismisses it. */
  notify(notice: Overlay, onShown?: () => void): void;
  /** Removes the notice that is shown. */
  dismiss(): void;
  /** Centers each window that is no longer on any display. */
  centerUnreachable(): void;
  /** Hides all windows, because the app quits. They close after the server, so that the page can finish its requests. */
  hideForQuit(): void;
  /** Sends an event to the UI, if it is open. */
  send<Name extends keyof Events>(name: Name, payload: Events[Name]): void;
  /** Makes the UI go to an address below its origin, as soon as it can. */
  openPath(path: string): void;
  /** Returns which of our pages sent a request; undefined for any other page, and for frames inside our pages. */
  identifySender(event: IpcMainInvokeEvent): Sender | undefined;
  main(): BrowserWindow | undefined;
  readonly findBar: FindBar;
  readonly downloads: Downloads;
  readonly settings: SettingsWindow;
  readonly about: AboutWindow;
  /** Opens the About window. */
  showAbout(): void;
  /** Runs a command of the menu in a window. */
  run(command: Command, window: BaseWindow | undefined): void;
  /** Opens the menu in the main window, which has no menu bar. */
  openMenu(): void;
  /** The failure that is shown, if there is one. */
  failure(): FailureScreen | undefined;
}

/** Creates the windows of the app, which show each screen in the splash, the main window or the failure page. */
export function createWindows(options: Options): Windows {
  return new AppWindows(options);
}

class AppWindows implements Windows {
  readonly settings: SettingsWindow;
  readonly about: AboutWindow;
  #failure: BrowserWindow | undefined;
  readonly #main: MainWindow;
  #screen: Screen | undefined;
  /** The text of the last notice: each notice is shown once. */
  #lastNotice: string | undefined;
  #presence: Presence;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
    this.#presence = options.startsInBackground ? 'hidden' : 'shown';
    this.settings = new SettingsWindow(options);
    this.about = new AboutWindow({ ...options, version: options.shownVersion });
    this.#main = new MainWindow(
      { ...options, openSettings: () => this.settings.open() },
      {
        presence: () => this.#presence,
        restoredByUser: () => {
          if (this.#presence === 'minimized') this.#presence = 'shown';
        },
        screen: () => this.#screen,
        closedByUser: page => options.closed(page),
        onGiveUp: failure => this.#showFailure(failure),
      },
    );
    app.on('web-contents-created', (_event, contents) => addContextMenu(contents, options));
    app.on('browser-window-created', (_event, { webContents }) => this.#main.commands.listen(webContents));
  }

  show(next: Screen): void {
    if (this.#options.isQuitting()) return;
    this.#screen = next;
    if (next.kind === 'failure') return this.#showFailure(next);
    if (next.kind === 'app' && next.notice && next.notice.text !== this.#lastNotice) {
      this.#lastNotice = next.notice.text;
      this.#main.notices.add(next.notice);
    }
    this.#main.overlay.update();
    this.#main.page.screenChanged(next);
    this.#main.open();
    if (next.kind === 'splash') this.#main.restart();
    this.#main.splash.update();
    close(this.#failure);
    if (next.kind === 'app') this.#main.page.load();
  }

  painted(background: string | undefined): void {
    if (background) this.#main.state.change({ background });
    this.#main.page.painted();
  }

  usable(): void {
    this.#main.page.usable();
  }

  blank(): void {
    this.#main.page.blank();
  }

  reload(): void {
    this.#main.reload();
  }

  notify(notice: Overlay, onShown?: () => void): void {
    this.#main.notices.add(notice, onShown);
    this.#main.overlay.update();
  }

  dismiss(): void {
    this.#main.dismiss();
  }

  get inBackground(): boolean {
    return this.#presence === 'hidden';
  }

  hideInBackground(): void {
    this.#presence = 'hidden';
    this.#main.window?.hide();
  }

  minimize(): void {
    if (this.#options.isQuitting()) return;
    this.#presence = 'minimized';
    this.#main.reveal();
    if (this.#main.window?.isMinimized() === false) this.#main.window.minimize();
  }

  focus(): void {
    if (this.#options.isQuitting()) return;
    if (this.#presence !== 'shown') {
      this.#presence = 'shown';
      // The window may have been closed.
      if (!this.#main.reveal() && this.#screen) this.show(this.#screen);
    }
    const window = this.#failure ?? this.#main.window;
    if (window?.isMinimized()) window.restore();
    window?.show();
    window?.focus();
  }

  centerUnreachable(): void {
    const areas = workAreas();
    for (const window of this.#existing()) {
      // A minimized window has no place on Windows, and gets its old one back.
      if (window.isMinimized() || placeWindow(window.getBounds(), areas)) continue;
      this.#options.log('a window was out of reach, because the displays have changed');
      window.center();
    }
  }

  hideForQuit(): void {
    this.#main.state.saveNow();
    this.about.close();
    // Also previews, and the lists and questions above the windows.
    for (const window of BrowserWindow.getAllWindows()) window.hide();
  }

  send<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    if (this.#main.window) send(this.#main.window, name, payload);
  }

  openPath(path: string): void {
    this.#main.page.open(path);
  }

  identifySender(event: IpcMainInvokeEvent): Sender | undefined {
    const page = senderFacts(event);
    if (page === undefined) return undefined;
    if (event.sender === this.#main.window?.webContents)
      return originOf(page.url) === this.#options.origin ? 'ui' : undefined;
    if (this.#main.hasOpened(event.sender)) return 'preview';
    return this.#isShellPage(event.sender) && isShellAddress(page.url) ? 'shell' : undefined;
  }

  main(): BrowserWindow | undefined {
    return this.#main.window;
  }

  get findBar(): FindBar {
    return this.#main.findBar;
  }

  get downloads(): Downloads {
    return this.#main.downloads;
  }

  showAbout(): void {
    this.about.open(this.#failure ?? this.#main.window);
  }

  run(command: Command, window: BaseWindow | undefined): void {
    this.#main.commands.run(command, window);
  }

  openMenu(): void {
    if (this.#main.window && !this.#options.isQuitting()) openMenu(this.#main.window);
  }

  failure(): FailureScreen | undefined {
    return this.#screen?.kind === 'failure' ? this.#screen : undefined;
  }

  #showFailure(failure: FailureScreen): void {
    if (this.#options.isQuitting()) return;
    this.#screen = failure;
    this.#presence = 'shown';
    this.#main.page.forgetCrashes();
    this.#failure ??= this.#openFailure();
    send(this.#failure, 'screen', failure);
    close(this.#main.window);
  }

  #openFailure(): BrowserWindow {
    return openShellWindow(
      { ...this.#options, screen: () => this.#screen, closedByUser: () => this.#options.closed('shell') },
      () => (this.#failure = undefined),
    );
  }

  /** Returns the open windows. A window is destroyed before its `closed` event, and a quit may arrive in between. */
  #existing(): BrowserWindow[] {
    return [this.#failure, this.settings.window, this.#main.window]
      .filter(window => window !== undefined)
      .filter(window => !window.isDestroyed());
  }

  #isShellPage(contents: WebContents): boolean {
    return [
      this.#failure?.webContents,
      this.settings.contents,
      this.about.contents,
      this.#main.splash.contents,
      this.#main.overlay.contents,
      this.#main.findBar.contents,
      this.#main.downloads.contents,
    ].includes(contents);
  }
}

/** Closes a window without the event `close`, which would count as closed by the user. */
function close(window: BrowserWindow | undefined): void {
  if (window?.isDestroyed() === false) window.destroy();
}
