/** The functions that a page calls, each of which sends one request or listens to one event. */

import { ipcRenderer } from 'electron';
import type { ElectronApi, Events, RequestFunctions, Requests, ShellApi } from '../ipc/core/contract';

type Reply<Name extends keyof Requests> = Promise<ReturnType<Requests[Name]>>;

function request<Name extends keyof Requests>(name: Name, ...args: Parameters<Requests[Name]>): Reply<Name> {
  return ipcRenderer.invoke(name, ...args);
}

/** Sends a request and ignores the response. An error goes to the page's console. */
function notify<Name extends keyof Requests>(name: Name, ...args: Parameters<Requests[Name]>): void {
  request(name, ...args).catch((error: unknown) => console.error(error));
}

function listen<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
  const handler = (_event: unknown, event: Events[Name]) => listener(event);
  ipcRenderer.on(name, handler);
  return () => void ipcRenderer.off(name, handler);
}

/** Returns the value of `--name=value` among the arguments that the shell passed to this window. */
export function argument(name: string): string {
  const start = `--${name}=`;
  return process.argv.find(arg => arg.startsWith(start))?.slice(start.length) ?? '';
}

/**
 * One function for each request; a request that is missing here does not compile. Each function names its arguments,
 * because a page may use it as an event listener: an event cannot be sent.
 */
export const send = {
  'window:minimize': () => notify('window:minimize'),
  'window:maximize': () => notify('window:maximize'),
  'window:close': () => notify('window:close'),
  'window:is-maximized': () => request('window:is-maximized'),
  'setting:get': key => request('setting:get', key),
  'setting:set': (key, value) => request('setting:set', key, value),
  'update:check': () => request('update:check'),
  'update:download': () => request('update:download'),
  'update:install': () => notify('update:install'),
  'cache:clear': () => {
    clearMarketplaceCache();
    return request('cache:clear');
  },
  'boot:get': () => request('boot:get'),
  'boot:set': on => request('boot:set', on),
  'page:painted': background => notify('page:painted', background),
  'page:usable': () => notify('page:usable'),
  'page:blank': () => notify('page:blank'),
  'menu:open': () => notify('menu:open'),
  'link:open': href => notify('link:open', href),
  'folder:choose': () => request('folder:choose'),
  'news:report': news => notify('news:report', news),
  'news:forget': path => notify('news:forget', path),
  'server:retry': () => notify('server:retry'),
  'server:keep-waiting': () => notify('server:keep-waiting'),
  'server:restart': () => notify('server:restart'),
  'server:stop-holder': () => request('server:stop-holder'),
  'page:reload': () => notify('page:reload'),
  'overlay:dismiss': () => notify('overlay:dismiss'),
  'find:run': action => notify('find:run', action),
  'download:run': action => notify('download:run', action),
  'logs:open': () => notify('logs:open'),
  'failure:copy': () => request('failure:copy'),
  'version:roll-back': () => notify('version:roll-back'),
  'report:save': () => request('report:save'),
  'app:relaunch': () => notify('app:relaunch'),
  'backup:create': () => notify('backup:create'),
  'backup:restore': () => notify('backup:restore'),
  'settings:open': () => notify('settings:open'),
  'settings:change': (id, value) => request('settings:change', id, value),
  'settings:act': action => notify('settings:act', action),
  'about:open': target => notify('about:open', target),
  'about:copy': () => request('about:copy'),
  'app:quit': () => notify('app:quit'),
} satisfies RequestFunctions;

export const shellApi: ShellApi = {
  minimizeWindow: send['window:minimize'],
  maximizeWindow: send['window:maximize'],
  closeWindow: send['window:close'],
  isWindowMaximized: send['window:is-maximized'],
  onScreen: listener => listen('screen', listener),
  onOverlay: listener => listen('overlay', listener),
  retry: send['server:retry'],
  keepWaiting: send['server:keep-waiting'],
  restart: send['server:restart'],
  stopDataOwner: send['server:stop-holder'],
  reload: send['page:reload'],
  dismiss: send['overlay:dismiss'],
  onFind: listener => listen('find', listener),
  find: send['find:run'],
  onDownload: listener => listen('download', listener),
  download: send['download:run'],
  onShortcuts: listener => listen('shortcuts', listener),
  openLogs: send['logs:open'],
  copyDetails: send['failure:copy'],
  rollBack: send['version:roll-back'],
  saveReport: send['report:save'],
  relaunch: send['app:relaunch'],
  backUp: send['backup:create'],
  restore: send['backup:restore'],
  openSettings: send['settings:open'],
  onSettings: listener => listen('settings', listener),
  changeSetting: send['settings:change'],
  settingsAction: send['settings:act'],
  onAbout: listener => listen('about', listener),
  openAboutTarget: send['about:open'],
  copyVersions: send['about:copy'],
  quit: send['app:quit'],
};

export const windowApi = {
  platform: process.platform,
  isDesktop: true,
  appVersion: argument('cachibot-version'),
  versions: {
    electron: process.versions.electron ?? '',
    node: process.versions.node,
    chrome: process.versions['chrome'] ?? '',
  },
  windowMinimize: send['window:minimize'],
  windowMaximize: send['window:maximize'],
  windowClose: send['window:close'],
  windowIsMaximized: send['window:is-maximized'],
  onMaximizedChange: listener => listen('window:maximized', listener),
} satisfies Partial<ElectronApi>;

export const electronApi: ElectronApi = {
  ...windowApi,
  checkForUpdate: send['update:check'],
  downloadUpdate: send['update:download'],
  installUpdate: send['update:install'],
  onUpdateAvailable: listener => listen('update:available', listener),
  onUpdateProgress: listener => listen('update:progress', listener),
  onUpdateError: listener => listen('update:error', listener),
  onUpdateDownloaded: listener => listen('update:downloaded', listener),
  clearCache: send['cache:clear'],
  // Ignores the page's fallback: the shell knows the real default.
  getSetting: send['setting:get'],
  setSetting: send['setting:set'],
  getStartOnBoot: send['boot:get'],
  setStartOnBoot: send['boot:set'],
  openMenu: send['menu:open'],
  onCommand: listener => listen('command', listener),
  chooseFolder: send['folder:choose'],
  onOpen: listener => listen('page:open', listener),
  reportNews: send['news:report'],
  forgetNews: send['news:forget'],
};

/** Prefix of the keys of the page's cache. Everything else in its storage is the user's: logins, bots, chats. */
const MARKETPLACE = 'cachibot_marketplace_cache_';

function clearMarketplaceCache(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(MARKETPLACE)) localStorage.removeItem(key);
}
