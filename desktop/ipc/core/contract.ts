/** Every message between the pages and the shell. The sandboxed preload script takes only types from here. */

import type { SettingKey, Settings } from '../../settings/core/settings';
import type { Result, UpdateCheck, UpdateOffer, UpdatePageEvents, UpdateProgress } from '../../updates/core/offer';
import type { About, AboutTarget } from '../../window/core/about';
import type { DownloadAction, DownloadNotice } from '../../window/core/downloads';
import type { News } from '../../window/core/news';
import type { Overlay, Screen } from '../../window/core/screen';
import type { SettingsAction, SettingsView } from '../../window/core/settings-view';
import type { ShortcutGroup } from '../../window/core/shortcut-list';
import type { PageCommand } from '../../window/core/shortcuts';

export type { Result };

/** The pages send a request, and the shell responds. */
export interface Requests {
  'window:minimize': () => void;
  'window:maximize': () => void;
  'window:close': () => void;
  'window:is-maximized': () => boolean;
  'setting:get': (key: SettingKey) => Settings[SettingKey];
  'setting:set': (key: SettingKey, value: Settings[SettingKey]) => void;
  'update:check': () => UpdateCheck;
  'update:download': () => Result;
  'update:install': () => void;
  'cache:clear': () => Result;
  'boot:get': () => boolean;
  'boot:set': (on: boolean) => Result;
  /** The UI has rendered text in its root element. `background` is the page's CSS colour. */
  'page:painted': (background: string) => void;
  /** The user can work with the UI. */
  'page:usable': () => void;
  /** The UI's root element has become empty. */
  'page:blank': () => void;
  'menu:open': () => void;
  /** The user has clicked a link that leads out of the app. */
  'link:open': (href: string) => void;
  /** Asks the user for a folder. Returns undefined if the user cancels. */
  'folder:choose': () => string | undefined;
  /** An answer, a job or a message has arrived. */
  'news:report': (news: News) => void;
  /** Closes notifications about this address and all below it, because their chat or bot was deleted. */
  'news:forget': (path: string) => void;
  'server:retry': () => void;
  'server:keep-waiting': () => void;
  'server:restart': () => void;
  /** Stops the user's own server, which uses the data, and starts ours. Returns whether the user's server has exited. */
  'server:stop-holder': () => boolean;
  'page:reload': () => void;
  'overlay:dismiss': () => void;
  'find:run': (action: FindAction) => void;
  'download:run': (action: DownloadAction) => void;
  'logs:open': () => void;
  'failure:copy': () => void;
  /** Rolls back to the previous version, because this version does not start. */
  'version:roll-back': () => void;
  /** Returns whether the user has saved the report. */
  'report:save': () => boolean;
  /** Starts the app again, because its files were replaced. */
  'app:relaunch': () => void;
  'backup:create': () => void;
  'backup:restore': () => void;
  'settings:open': () => void;
  /** Changes a setting of the settings window. */
  'settings:change': (id: string, value: unknown) => Result;
  'settings:act': (action: SettingsAction) => void;
  /** Opens a website or a file of licences. */
  'about:open': (target: AboutTarget) => void;
  'about:copy': () => void;
  'app:quit': () => void;
}

/** The page that sends a request: CachiBot's own UI, a preview that the UI has opened, or a page of the shell. */
export type Sender = 'ui' | 'preview' | 'shell';

export const ALLOWED_SENDER: { readonly [Name in keyof Requests]: Sender | readonly Sender[] } = {
  'window:minimize': ['ui', 'shell'],
  'window:maximize': ['ui', 'shell'],
  'window:close': ['ui', 'shell'],
  'window:is-maximized': ['ui', 'shell'],
  'setting:get': 'ui',
  'setting:set': 'ui',
  'update:check': 'ui',
  'update:download': 'ui',
  'update:install': 'ui',
  'cache:clear': 'ui',
  'boot:get': 'ui',
  'boot:set': 'ui',
  'page:painted': 'ui',
  'page:usable': 'ui',
  'page:blank': 'ui',
  'menu:open': 'ui',
  'link:open': ['ui', 'preview'],
  'folder:choose': 'ui',
  'news:report': 'ui',
  'news:forget': 'ui',
  'server:retry': 'shell',
  'server:keep-waiting': 'shell',
  'server:restart': 'shell',
  'server:stop-holder': 'shell',
  'page:reload': 'shell',
  'overlay:dismiss': 'shell',
  'find:run': 'shell',
  'download:run': 'shell',
  'logs:open': 'shell',
  'failure:copy': 'shell',
  'version:roll-back': 'shell',
  'report:save': 'shell',
  'app:relaunch': 'shell',
  'backup:create': 'shell',
  'backup:restore': 'shell',
  'settings:open': 'shell',
  'settings:change': 'shell',
  'settings:act': 'shell',
  'about:open': 'shell',
  'about:copy': 'shell',
  'app:quit': 'shell',
};

/** A request of the find bar: to find a text from the start of the page, to go to another match, or to close. */
export type FindAction = { text: string } | 'next' | 'previous' | 'close';

/** The find bar opens with the text of the last search, or shows which match is selected: from 1, or 0 for none. */
export type FindState = { text: string } | { current: number; matches: number };

/** Whether a value from a page is a request of the find bar. */
export function isFindAction(value: unknown): value is FindAction {
  if (typeof value === 'object' && value !== null) return 'text' in value && typeof value.text === 'string';
  return value === 'next' || value === 'previous' || value === 'close';
}

/** The shell sends an event, and the pages listen. */
export interface Events extends UpdatePageEvents {
  screen: Screen;
  overlay: Overlay;
  about: About;
  find: FindState;
  download: DownloadNotice;
  shortcuts: readonly ShortcutGroup[];
  command: PageCommand;
  settings: SettingsView;
  'window:maximized': boolean;
  /** The user has clicked a notification about this address of the page. */
  'page:open': string;
}

/** A handler for each request. Arguments have the type `unknown`, so a handler has to check them before it uses them. */
export type Handlers = {
  [Name in keyof Requests]: (
    ...args: Unchecked<Parameters<Requests[Name]>>
  ) => ReturnType<Requests[Name]> | Promise<ReturnType<Requests[Name]>>;
};

/** A function for each request, which sends it (in preload/bridge.ts). It returns nothing where the page needs no response. */
export type RequestFunctions = {
  [Name in keyof Requests]:
    | ((...args: Parameters<Requests[Name]>) => Promise<ReturnType<Requests[Name]>>)
    | ((...args: Parameters<Requests[Name]>) => void);
};

type Unchecked<Values extends unknown[]> = { [Index in keyof Values]: unknown };

type Unsubscribe = () => void;

/** `window.electronAPI`: the members that CachiBot's UI, or our patch of it, calls. Attached, only the first nine exist. */
export interface ElectronApi {
  platform: string;
  isDesktop: true;
  appVersion: string;
  versions: { electron: string; node: string; chrome: string };
  windowMinimize(): void;
  windowMaximize(): void;
  windowClose(): void;
  windowIsMaximized(): Promise<boolean>;
  onMaximizedChange(listener: (maximized: boolean) => void): Unsubscribe;
  checkForUpdate(): Promise<UpdateCheck>;
  downloadUpdate(): Promise<Result>;
  installUpdate(): void;
  onUpdateAvailable(listener: (offer: UpdateOffer) => void): Unsubscribe;
  onUpdateProgress(listener: (progress: UpdateProgress) => void): Unsubscribe;
  onUpdateError(listener: (error: { message: string }) => void): Unsubscribe;
  onUpdateDownloaded(listener: (update: { version: string }) => void): Unsubscribe;
  clearCache(): Promise<Result>;
  getSetting(key: SettingKey, fallback: Settings[SettingKey]): Promise<Settings[SettingKey]>;
  setSetting(key: SettingKey, value: Settings[SettingKey]): Promise<void>;
  getStartOnBoot(): Promise<boolean>;
  setStartOnBoot(on: boolean): Promise<Result>;
  /** Opens the app's menu. Our own, for patches/page/app_menu.py. */
  openMenu(): void;
  /** Calls the listener when the user has chosen a command that the page runs. Our own, for patches/page/commands.js. */
  onCommand(listener: (command: PageCommand) => void): Unsubscribe;
  chooseFolder(): Promise<string | undefined>;
  /** The user has clicked a notification. Our own, for patches/page/news.js, like the two below. */
  onOpen(listener: (path: string) => void): Unsubscribe;
  reportNews(news: News): void;
  forgetNews(path: string): void;
}

/** `window.cachibotShell`, for the shell's own pages. */
export interface ShellApi {
  /** For the title bar of a page that covers the main window. */
  minimizeWindow(): void;
  maximizeWindow(): void;
  closeWindow(): void;
  isWindowMaximized(): Promise<boolean>;
  onScreen(listener: (screen: Screen) => void): Unsubscribe;
  onOverlay(listener: (overlay: Overlay) => void): Unsubscribe;
  retry(): void;
  keepWaiting(): void;
  restart(): void;
  stopDataOwner(): Promise<boolean>;
  reload(): void;
  dismiss(): void;
  onFind(listener: (state: FindState) => void): Unsubscribe;
  find(action: FindAction): void;
  onDownload(listener: (notice: DownloadNotice) => void): Unsubscribe;
  download(action: DownloadAction): void;
  onShortcuts(listener: (groups: readonly ShortcutGroup[]) => void): Unsubscribe;
  openLogs(): void;
  copyDetails(): Promise<void>;
  rollBack(): void;
  saveReport(): Promise<boolean>;
  relaunch(): void;
  backUp(): void;
  restore(): void;
  openSettings(): void;
  onSettings(listener: (view: SettingsView) => void): Unsubscribe;
  changeSetting(id: string, value: unknown): Promise<Result>;
  settingsAction(action: SettingsAction): void;
  onAbout(listener: (about: About) => void): Unsubscribe;
  openAboutTarget(target: AboutTarget): void;
  copyVersions(): Promise<void>;
  quit(): void;
}
