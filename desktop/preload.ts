import { contextBridge, ipcRenderer } from 'electron';
import type { ElectronApi, Notices, Requests, ShellApi } from './core/ipc';

type Reply<Name extends keyof Requests> = Promise<ReturnType<Requests[Name]>>;

function ask<Name extends keyof Requests>(name: Name, ...args: Parameters<Requests[Name]>): Reply<Name> {
  return ipcRenderer.invoke(name, ...args);
}

/** For requests whose answer nobody waits for: what goes wrong is said in the page's console, not left unhandled. */
function tell<Name extends keyof Requests>(name: Name, ...args: Parameters<Requests[Name]>): void {
  ask(name, ...args).catch((error: unknown) => console.error(error));
}

function listen<Name extends keyof Notices>(name: Name, listener: (notice: Notices[Name]) => void): () => void {
  const handler = (_event: unknown, notice: Notices[Name]) => listener(notice);
  ipcRenderer.on(name, handler);
  return () => void ipcRenderer.off(name, handler);
}

/** The value of `--name=value` among the arguments that main.ts gave to this window. */
function argument(name: string): string {
  const start = `--${name}=`;
  return process.argv.find(word => word.startsWith(start))?.slice(start.length) ?? '';
}

const shellApi: ShellApi = {
  onScreen: listener => listen('screen', listener),
  retry: () => tell('server:retry'),
  keepWaiting: () => tell('server:keep-waiting'),
  openLogs: () => tell('logs:open'),
  copyDetails: () => ask('failure:copy'),
  quit: () => tell('app:quit'),
};

const windowApi = {
  platform: process.platform,
  isDesktop: true,
  appVersion: argument('cachibot-version'),
  versions: {
    electron: process.versions.electron ?? '',
    node: process.versions.node,
    chrome: process.versions['chrome'] ?? '',
  },
  windowMinimize: () => tell('window:minimize'),
  windowMaximize: () => tell('window:maximize'),
  windowClose: () => tell('window:close'),
  windowIsMaximized: () => ask('window:is-maximized'),
  onMaximizedChange: listener => listen('window:maximized', listener),
} satisfies Partial<ElectronApi>;

const electronApi: ElectronApi = {
  ...windowApi,
  checkForUpdate: () => ask('update:check'),
  downloadUpdate: () => ask('update:download'),
  installUpdate: () => tell('update:install'),
  onUpdateAvailable: listener => listen('update:available', listener),
  onUpdateProgress: listener => listen('update:progress', listener),
  onUpdateError: listener => listen('update:error', listener),
  onUpdateDownloaded: listener => listen('update:downloaded', listener),
  clearCache: () => ask('cache:clear'),
  // The fallback is the UI's idea of a default; the shell knows the real one.
  getSetting: key => ask('setting:get', key),
  setSetting: (key, value) => ask('setting:set', key, value),
  getStartOnBoot: () => ask('boot:get'),
  setStartOnBoot: on => ask('boot:set', on),
};

/** Tells the shell, once, that the UI has put text into its root. */
function watchForPaint(): void {
  const watcher = new MutationObserver(() => {
    if (!document.getElementById('root')?.textContent?.trim()) return;
    watcher.disconnect();
    tell('page:painted', getComputedStyle(document.body).backgroundColor);
  });
  watcher.observe(document, { subtree: true, childList: true, characterData: true });
}

// Only two kinds of page are ever loaded with this file, and each gets only what is its own.
if (location.protocol === 'app:') {
  contextBridge.exposeInMainWorld('cachibotShell', shellApi);
} else if (location.origin === argument('cachibot-origin')) {
  contextBridge.exposeInMainWorld('electronAPI', argument('cachibot-attached') === 'yes' ? windowApi : electronApi);
  watchForPaint();
}
