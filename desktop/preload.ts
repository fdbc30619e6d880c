import { contextBridge, ipcRenderer } from 'electron';
import type { ElectronApi, Events, RequestFunctions, Requests, ShellApi } from './ipc/core/contract';

type Reply<Name extends keyof Requests> = Promise<ReturnType<Requests[Name]>>;

function request<Name extends keyof Requests>(name: Name, ...args: Parameters<Requests[Name]>): Reply<Name> {
  return ipcRenderer.invoke(name, ...args);
}

/** Sends a request whose response nobody waits for: an error goes to the page's console, not to an unhandled rejection. */
function notify<Name extends keyof Requests>(name: Name, ...args: Parameters<Requests[Name]>): void {
  request(name, ...args).catch((error: unknown) => console.error(error));
}

function listen<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
  const handler = (_event: unknown, event: Events[Name]) => listener(event);
  ipcRenderer.on(name, handler);
  return () => void ipcRenderer.off(name, handler);
}

/** The value of `--name=value` among the arguments that the shell gave to this window. */
function argument(name: string): string {
  const start = `--${name}=`;
  return process.argv.find(word => word.startsWith(start))?.slice(start.length) ?? '';
}

/**
 * Sends each request; a request that is missing here does not compile. Each function passes on no more arguments than
 * its request has: a page may call it as a listener, with an event that cannot be sent.
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
    forgetMarketplace();
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
  'logs:open': () => notify('logs:open'),
  'failure:copy': () => request('failure:copy'),
  'version:roll-back': () => notify('version:roll-back'),
  'report:save': () => request('report:save'),
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
  openLogs: send['logs:open'],
  copyDetails: send['failure:copy'],
  rollBack: send['version:roll-back'],
  saveReport: send['report:save'],
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
  // The page's fallback is not passed on: the shell knows the real default.
  getSetting: send['setting:get'],
  setSetting: send['setting:set'],
  getStartOnBoot: send['boot:get'],
  setStartOnBoot: send['boot:set'],
};

/** The keys of the page's own cache. Everything else in its storage is the user's: logins, bots, chats. */
const MARKETPLACE = 'cachibot_marketplace_cache_';

function forgetMarketplace(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(MARKETPLACE)) localStorage.removeItem(key);
}

/** Tells the shell, once, that the UI has put text into its root. */
function watchForPaint(): void {
  const watcher = new MutationObserver(() => {
    if (!document.getElementById('root')?.textContent?.trim()) return;
    watcher.disconnect();
    send['page:painted'](getComputedStyle(document.body).backgroundColor);
  });
  watcher.observe(document, { subtree: true, childList: true, characterData: true });
}

/** The page may exchange its whole tree: it is blank only if its root stays empty for so long. */
const BLANK_MS = 400;
const BLANK_LOOK_MS = 200;

const rootOf = () => document.getElementById('root');
const isBlank = () => !rootOf()?.hasChildNodes();

/** Reports, once, that the UI's root has lost everything in it: React removes a tree that throws, and never comes back. */
function watchForBlank(): void {
  let filled = false;
  let blankSince: number | undefined;
  const note = () => {
    filled ||= !isBlank();
    if (!isBlank()) blankSince = undefined;
  };
  const watcher = new MutationObserver(note);
  const looking = setInterval(() => {
    const root = rootOf();
    // Observing it again changes nothing, unless it is another root.
    if (root) watcher.observe(root, { childList: true });
    note();
    if (!filled || !isBlank()) return;
    blankSince ??= performance.now();
    if (performance.now() - blankSince < BLANK_MS) return;
    clearInterval(looking);
    watcher.disconnect();
    send['page:blank']();
  }, BLANK_LOOK_MS);
}

/** Under this name in the page's own storage, which outlives its process, its window and the app. */
const DRAFT = 'cachibot-desktop:draft';
const DRAFT_MS = 500;

interface Draft {
  path: string;
  /** Index of the textarea among all textareas on the page. */
  box: number;
  text: string;
}

const boxes = () => [...document.querySelectorAll('textarea')];
const pathNow = () => location.pathname + location.hash;

/**
 * What was typed and not sent is put back when the page is reloaded, into the same box of the same address and
 * only if that is empty. CachiBot's page empties its box without an event when it sends, so the box is looked at.
 */
function keepDraft(): void {
  let kept = readDraft();
  if (kept) putBack(kept);
  let typedIn: HTMLTextAreaElement | undefined;
  document.addEventListener('input', ({ target }) => {
    if (target instanceof HTMLTextAreaElement) typedIn = target;
  });
  setInterval(() => {
    // The draft outlives a page that has crashed.
    if (typedIn === undefined || isBlank()) return;
    // A box that is gone was left with its page; what it held is no draft any more than one that was sent.
    const text = typedIn.isConnected ? typedIn.value : '';
    if (text === kept?.text) return;
    kept = text === '' ? undefined : { path: pathNow(), box: boxes().indexOf(typedIn), text };
    if (kept) localStorage.setItem(DRAFT, JSON.stringify(kept));
    else localStorage.removeItem(DRAFT);
  }, DRAFT_MS);
}

function readDraft(): Draft | undefined {
  try {
    return JSON.parse(localStorage.getItem(DRAFT) ?? 'null') ?? undefined;
  } catch {
    return undefined; // the page's storage is the page's: what is not a draft of ours is left alone
  }
}

function putBack({ path, box, text }: Draft): void {
  const watcher = new MutationObserver(() => {
    const target = boxes()[box];
    if (target === undefined || pathNow() !== path) return;
    watcher.disconnect();
    if (target.value !== '') return;
    target.value = text;
    // The page's framework learns of a changed box by this event alone.
    target.dispatchEvent(new Event('input', { bubbles: true }));
  });
  watcher.observe(document, { subtree: true, childList: true });
}

const OUTSIDE = /^(?:https?|mailto):/;
const FRAMES_MS = 500;

/**
 * Reports each link that the user clicks and that leads out of the app: a click, a middle click, or Enter on a focused
 * link, which is a click too. Scripts, refreshes and forms make no trusted event, so they never open the browser.
 */
function watchLinks(): void {
  watchLinksIn(document);
  // This file does not run in frames. Adding the listener again does nothing, unless `document.open` has removed it.
  setInterval(() => watchLinksIn(document), FRAMES_MS);
}

/** In this document and in those of its frames that can be reached: all of the app's origin. */
function watchLinksIn(page: Document): void {
  // Before any listener of the page could hide the event.
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
  // The page's own listeners come first: they may make something else of the click.
  setTimeout(() => {
    if (!event.defaultPrevented) send['link:open'](href);
  });
}

/** Not by `instanceof`: the elements of a frame have classes of their own. */
function hrefOf(target: EventTarget): string | undefined {
  if (!('localName' in target && 'href' in target && 'baseURI' in target)) return undefined;
  const { localName, href, baseURI } = target;
  if (localName !== 'a' && localName !== 'area') return undefined;
  if (typeof href === 'string') return href;
  const inSvg = typeof href === 'object' && href !== null && 'baseVal' in href ? String(href.baseVal) : '';
  return URL.canParse(inSvg, String(baseURI)) ? new URL(inSvg, String(baseURI)).href : undefined;
}

// Only three kinds of page are ever loaded with this file, and each gets only what is its own. A preview shares the
// process of the page, with its arguments, and as a `blob:` its origin: only the protocol tells them apart.
if (location.protocol === 'app:') {
  contextBridge.exposeInMainWorld('cachibotShell', shellApi);
} else if (location.protocol === 'http:' && location.origin === argument('cachibot-origin')) {
  contextBridge.exposeInMainWorld('electronAPI', argument('cachibot-attached') === 'yes' ? windowApi : electronApi);
  watchForPaint();
  watchForBlank();
  watchLinks();
  keepDraft();
} else if (location.protocol === 'blob:' || location.protocol === 'about:') {
  watchLinks();
}
