import { contextBridge, ipcRenderer, webFrame } from 'electron';
import type { ElectronApi, Events, RequestFunctions, Requests, ShellApi } from './ipc/core/contract';

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
function argument(name: string): string {
  const start = `--${name}=`;
  return process.argv.find(arg => arg.startsWith(start))?.slice(start.length) ?? '';
}

/**
 * One function for each request; a request that is missing here does not compile. Each function names its arguments,
 * because a page may use it as an event listener: an event cannot be sent.
 */
const send = {
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
  'page:blank': () => notify('page:blank'),
  'link:open': href => notify('link:open', href),
  'server:retry': () => notify('server:retry'),
  'server:keep-waiting': () => notify('server:keep-waiting'),
  'server:restart': () => notify('server:restart'),
  'server:stop-holder': () => request('server:stop-holder'),
  'page:reload': () => notify('page:reload'),
  'overlay:dismiss': () => notify('overlay:dismiss'),
  'find:run': action => notify('find:run', action),
  'logs:open': () => notify('logs:open'),
  'failure:copy': () => request('failure:copy'),
  'version:roll-back': () => notify('version:roll-back'),
  'report:save': () => request('report:save'),
  'app:relaunch': () => notify('app:relaunch'),
  'backup:create': () => notify('backup:create'),
  'backup:restore': () => notify('backup:restore'),
  'app:quit': () => notify('app:quit'),
} satisfies RequestFunctions;

const shellApi: ShellApi = {
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
  openLogs: send['logs:open'],
  copyDetails: send['failure:copy'],
  rollBack: send['version:roll-back'],
  saveReport: send['report:save'],
  relaunch: send['app:relaunch'],
  backUp: send['backup:create'],
  restore: send['backup:restore'],
  quit: send['app:quit'],
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
  windowMinimize: send['window:minimize'],
  windowMaximize: send['window:maximize'],
  windowClose: send['window:close'],
  windowIsMaximized: send['window:is-maximized'],
  onMaximizedChange: listener => listen('window:maximized', listener),
} satisfies Partial<ElectronApi>;

const electronApi: ElectronApi = {
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
};

/** Prefix of the keys of the page's cache. Everything else in its storage is the user's: logins, bots, chats. */
const MARKETPLACE = 'cachibot_marketplace_cache_';

function clearMarketplaceCache(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(MARKETPLACE)) localStorage.removeItem(key);
}

/** Notifies the shell, once, that the UI has rendered text. */
function watchForPaint(): void {
  const watcher = new MutationObserver(() => {
    if (!document.getElementById('root')?.textContent?.trim()) return;
    watcher.disconnect();
    send['page:painted'](getComputedStyle(document.body).backgroundColor);
  });
  watcher.observe(document, { subtree: true, childList: true, characterData: true });
}

/** The page counts as blank once its root has been empty for this long: replacing the whole tree empties it briefly. */
const BLANK_MS = 400;
const BLANK_POLL_MS = 200;

const findRoot = () => document.getElementById('root');
const isBlank = () => !findRoot()?.hasChildNodes();

/** Notifies the shell, once, that the UI's root has become empty: React removes a tree that throws, for good. */
function watchForBlank(): void {
  let filled = false;
  let blankSince: number | undefined;
  const update = () => {
    filled ||= !isBlank();
    if (!isBlank()) blankSince = undefined;
  };
  const watcher = new MutationObserver(update);
  const timer = setInterval(() => {
    const root = findRoot();
    // The page may have created a new root. Observing the same root again has no effect.
    if (root) watcher.observe(root, { childList: true });
    update();
    if (!filled || !isBlank()) return;
    blankSince ??= performance.now();
    if (performance.now() - blankSince < BLANK_MS) return;
    clearInterval(timer);
    watcher.disconnect();
    send['page:blank']();
  }, BLANK_POLL_MS);
}

/** Key in the page's storage, which outlives its process, its window and the app. */
const DRAFT = 'cachibot-desktop:draft';
const DRAFT_POLL_MS = 500;

interface Draft {
  /** Path and hash of the page's address. */
  path: string;
  /** Index of the textarea among all textareas on the page. */
  box: number;
  text: string;
}

const textareas = () => [...document.querySelectorAll('textarea')];
const currentPath = () => location.pathname + location.hash;

/**
 * Saves text that was typed and not sent, and restores it when the page is reloaded: into the same textarea at the same
 * path, if that is empty. Polls, because CachiBot's page clears the textarea without an event when it sends.
 */
function saveDrafts(): void {
  let saved = readDraft();
  if (saved) restoreDraft(saved);
  let typedIn: HTMLTextAreaElement | undefined;
  document.addEventListener('input', ({ target }) => {
    if (target instanceof HTMLTextAreaElement) typedIn = target;
  });
  setInterval(() => {
    if (typedIn === undefined || isBlank()) return; // a blank page has crashed, so its draft stays
    // If the textarea is removed, the user has left its page or sent the text: either way the draft is discarded.
    const text = typedIn.isConnected ? typedIn.value : '';
    if (text === saved?.text) return;
    saved = text === '' ? undefined : { path: currentPath(), box: textareas().indexOf(typedIn), text };
    if (saved) localStorage.setItem(DRAFT, JSON.stringify(saved));
    else localStorage.removeItem(DRAFT);
  }, DRAFT_POLL_MS);
}

function readDraft(): Draft | undefined {
  try {
    return JSON.parse(localStorage.getItem(DRAFT) ?? 'null') ?? undefined;
  } catch {
    return undefined; // the page has stored something else under this key
  }
}

function restoreDraft({ path, box, text }: Draft): void {
  const watcher = new MutationObserver(() => {
    const target = textareas()[box];
    if (target === undefined || currentPath() !== path) return;
    watcher.disconnect();
    if (target.value !== '') return;
    target.value = text;
    // React notices a changed value only by this event.
    target.dispatchEvent(new Event('input', { bubbles: true }));
  });
  watcher.observe(document, { subtree: true, childList: true });
}

const OUTSIDE = /^(?:https?|mailto):/;
const FRAMES_POLL_MS = 500;

/**
 * Reports each external link that the user clicks, with the middle button too, or opens with Enter, which is a click as
 * well. Scripts, refreshes and forms create no trusted event, so they never open the browser.
 */
function watchLinks(): void {
  watchLinksIn(document);
  // Polls for new frames, in which this file does not listen, and for documents that lost their listeners by
  // `document.open`. Adding a listener again has no effect.
  setInterval(() => watchLinksIn(document), FRAMES_POLL_MS);
}

/** Adds the listeners to this document and to the documents of its frames that have the app's origin. */
function watchLinksIn(page: Document): void {
  // In the capture phase: a listener of the page cannot stop the event first.
  page.defaultView?.addEventListener('click', reportLink, { capture: true });
  page.defaultView?.addEventListener('auxclick', reportLink, { capture: true });
  for (const frame of page.querySelectorAll('iframe')) {
    if (frame.contentDocument) watchLinksIn(frame.contentDocument);
  }
}

function reportLink(event: MouseEvent): void {
  const middle = 1;
  if (!event.isTrusted || (event.type === 'auxclick' && event.button !== middle)) return;
  const href = event.composedPath().map(hrefOf).find(Boolean);
  if (href === undefined || !OUTSIDE.test(href) || new URL(href).origin === location.origin) return;
  // After the page's own listeners, which may handle the click themselves.
  setTimeout(() => {
    if (!event.defaultPrevented) send['link:open'](href);
  });
}

/** Returns the address of a link. Does not use `instanceof`: each frame has its own classes. */
function hrefOf(target: EventTarget): string | undefined {
  if (!('localName' in target && 'href' in target && 'baseURI' in target)) return undefined;
  const { localName, href, baseURI } = target;
  if (localName !== 'a' && localName !== 'area') return undefined;
  if (typeof href === 'string') return href;
  const inSvg = typeof href === 'object' && href !== null && 'baseVal' in href ? String(href.baseVal) : '';
  return URL.canParse(inSvg, String(baseURI)) ? new URL(inSvg, String(baseURI)).href : undefined;
}

/**
 * Removes WebRTC from a page or frame that may run content: it looks up the name of a TURN server, which can carry data,
 * and no policy forbids that. Runs before the first script of each document but the blank one that every frame begins
 * with. There the policy for content forbids text that would become code (`require-trusted-types-for`).
 */
function removeWebRtc(): void {
  webFrame.executeJavaScript(REMOVE_WEBRTC).catch((error: unknown) => console.error(error));
}

const REMOVE_WEBRTC = `delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;
  void (trustedTypes.defaultPolicy ?? trustedTypes.createPolicy('default',
    { createHTML: text => text, createScript: text => text, createScriptURL: text => text }));`;

// These load this file: the shell's pages; CachiBot's page; its previews and frames, which get no API. A preview shares
// the process, the arguments and, as a `blob:`, the origin of CachiBot's page: only the protocol differs. Content has the
// address of CachiBot's page, but an origin of its own.
if (!process.isMainFrame) {
  removeWebRtc();
} else if (location.protocol === 'app:') {
  contextBridge.exposeInMainWorld('cachibotShell', shellApi);
} else if (location.protocol === 'http:' && window.origin === argument('cachibot-origin')) {
  contextBridge.exposeInMainWorld('electronAPI', argument('cachibot-attached') === 'yes' ? windowApi : electronApi);
  watchForPaint();
  watchForBlank();
  watchLinks();
  saveDrafts();
} else {
  removeWebRtc();
  if (location.protocol === 'blob:' || location.protocol === 'about:') watchLinks();
}
