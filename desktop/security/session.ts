import { app, type DownloadItem, type OnBeforeRequestListenerDetails, type Session, session } from 'electron';
import type { PageLoad } from '../window/core/page-load';
import { frameFacts, parentFacts } from './core/frame-facts';
import { mayCarryToken, maySend } from './core/navigation-policy';
import { originOf } from './core/origin';

interface Options {
  origin: string;
  /** Storage partition. An attached development server has its own. */
  partition: string;
  /** Folder for the page's code, compiled. If undefined, it is in the storage partition. */
  codeCache: string | undefined;
  /** Whether requests to the server are allowed: only while it has proved to be ours, or is attached. */
  mayReachServer(): boolean;
  token(): string | undefined;
  /** The id of the main window's web contents. */
  mainId(): number | undefined;
  /** Receives all requests that the main window's page sends to the server. */
  pageLoad: PageLoad;
  /**
   * The main window's page sent a request other than `GET` (it sends `GET` by itself), or one of its requests failed.
   */
  serverUsed(): void;
  /** The page may have changed something in the server, such as the address of a model. */
  pageWrote(): void;
  /** Saves a file that the page downloads. */
  download(item: DownloadItem): void;
  /** A download is refused, because it is not the page's own. */
  downloadRefused(): void;
  log(line: string): void;
}

/** Whether a permission request comes from the main frame of the main window, at our origin. */
type IsMain = (contentsId: number | undefined, requester: string, mainFrame: boolean) => boolean;

/** Room for the page's files of some versions, 2.5 MB each. Chromium stores no file that is larger than an eighth of it. */
const HTTP_CACHE_BYTES = 32 * 2 ** 20;

/** The port of the discard service, which no system runs today. A SOCKS5 proxy gets a name without looking it up. */
const DEAD_PROXY = 'socks5://127.0.0.1:9';

/** The page has cancelled its own request. */
const CANCELLED = 'net::ERR_ABORTED';

/**
 * Disables the spell checker of all sessions, until `spelling.ts` enables it. Call it before the app is ready: Chromium
 * would download a dictionary as soon as there is a session. `setSpellCheckerEnabled(false)` comes too late; an empty
 * language list prevents the download.
 */
export function disableSpellChecker(): void {
  app.on('session-created', created => {
    created.setSpellCheckerEnabled(false);
    created.setSpellCheckerLanguages([]);
  });
}

/**
 * Keeps `<link rel="dns-prefetch">` from asking for a name, which can carry data to the owner of its domain. No
 * policy covers it, and no listener of a session sees it. Call it before the app is ready.
 */
export function disableDnsPrefetch(): void {
  app.commandLine.appendSwitch('blink-settings', 'dnsPrefetchingEnabled=false');
}

/**
 * Limits the cache of responses, which is in the profile, so that Windows copies it at each sign-in and sign-out with a
 * roaming profile. Chromium's own limit is a share of the disk's free space, up to 320 MB. Without the cache, nothing
 * compiled could be used either. Call it before the app is ready.
 */
export function limitHttpCache(): void {
  app.commandLine.appendSwitch('disk-cache-size', String(HTTP_CACHE_BYTES));
}

/** Creates the session of the main window: limits its requests, adds the token to them, and limits permissions. */
export function createAppSession(options: Options): Session {
  const { origin, partition, mayReachServer, token, mainId, pageLoad, log } = options;
  const appSession = session.fromPartition(partition);
  if (options.codeCache !== undefined) setCodeCache(appSession, options.codeCache, log);
  // Everything the page may reach is on this machine, for which Chromium uses no proxy. Any other request would fail, also
  // one that the listeners below do not see, such as that of WebTransport.
  void appSession.setProxy({ mode: 'fixed_servers', proxyRules: DEAD_PROXY });

  // Electron keeps one listener for each event: another one would replace it.
  appSession.webRequest.onBeforeRequest((details, reply) => {
    const allowed = maySend(details, origin) && (mayReachServer() || !isForServer(details.url));
    if (!allowed) log(`request refused: ${details.method} ${details.url.slice(0, 200)}`);
    trackRequest(details);
    reply({ cancel: !allowed });
  });
  appSession.webRequest.onCompleted(({ id, method, statusCode }) => {
    if (method !== 'GET' && statusCode < 400) options.pageWrote();
    pageLoad.requestEnded(id, statusCode < 500 ? 'responded' : 'unavailable', performance.now());
  });
  appSession.webRequest.onErrorOccurred(({ id, url, error, webContentsId }) => {
    const isToServer = originOf(url.replace(/^ws:/, 'http:')) === origin;
    if (isToServer && error !== CANCELLED && webContentsId === mainId()) options.serverUsed();
    pageLoad.requestEnded(id, error === CANCELLED ? 'responded' : 'failed', performance.now());
  });

  const toServer = { urls: [`${origin}/*`, `${origin.replace('http:', 'ws:')}/*`] };
  appSession.webRequest.onBeforeSendHeaders(toServer, (details, reply) => {
    const serverToken = token();
    const { url, method, webContentsId, resourceType } = details;
    const frames = { frame: frameFacts(details.frame), parent: parentFacts(details.frame) };
    const request = { url, method, webContentsId, resourceType, ...frames };
    if (serverToken === undefined || !mayCarryToken(request, mainId(), origin)) return reply({});
    reply({ requestHeaders: { ...details.requestHeaders, 'X-CachiBot-Token': serverToken } });
  });

  limitPermissions(appSession, isMain, log);
  appSession.on('will-download', (event, item) => {
    const url = item.getURL();
    if (url.startsWith(`blob:${origin}/`) || url.startsWith('data:') || originOf(url) === origin)
      return options.download(item);
    event.preventDefault();
    options.downloadRefused();
    log(`download refused: ${url.slice(0, 200)}`);
  });
  return appSession;

  function trackRequest({ id, url, method, resourceType, webContentsId }: OnBeforeRequestListenerDetails): void {
    if (webContentsId !== mainId()) return;
    if (method !== 'GET') options.serverUsed();
    // A WebSocket has another origin, so it is not tracked; the page itself opens it again after a failure.
    if (originOf(url) !== origin) return;
    if (resourceType === 'mainFrame') pageLoad.navigationStarted();
    pageLoad.requestStarted(id, performance.now());
  }

  function isMain(contentsId: number | undefined, requester: string, mainFrame: boolean): boolean {
    return contentsId !== undefined && contentsId === mainId() && mainFrame && originOf(requester) === origin;
  }
}

/** Sets the folder of the compiled code. If that fails, Chromium keeps the code in the storage partition. */
function setCodeCache(appSession: Session, folder: string, log: Options['log']): void {
  try {
    appSession.setCodeCachePath(folder);
  } catch (error) {
    log(`compiled code stays in the profile, because ${folder} cannot be used: ${(error as Error).message}`);
  }
}

/** Allows the page to record sound and to write to the clipboard, and denies all other permissions. */
function limitPermissions(appSession: Session, isMain: IsMain, log: Options['log']): void {
  appSession.setPermissionRequestHandler((contents, permission, reply, details) => {
    const audio = permission === 'media' && 'mediaTypes' in details && isAudioOnly(details.mediaTypes);
    const allowed =
      isMain(contents?.id, details.requestingUrl, details.isMainFrame) &&
      (audio || permission === 'clipboard-sanitized-write');
    if (!allowed) log(`permission refused: ${permission}`);
    reply(allowed);
  });
  appSession.setPermissionCheckHandler((contents, permission, requestingOrigin, details) => {
    const audio = permission === 'media' && details.mediaType === 'audio';
    return (
      isMain(contents?.id, requestingOrigin, details.isMainFrame) &&
      (audio || permission === 'clipboard-sanitized-write')
    );
  });
  appSession.setDevicePermissionHandler(() => false);
}

/** Makes the page add what the database has, because an older copy of its storage was restored (filling.js reads it). */
export function requestFilling({ cookies }: Session, origin: string, log: (line: string) => void): void {
  const expirationDate = Date.now() / 1000 + 365 * 86_400; // until the page has read it, perhaps in another session
  cookies
    .set({ url: origin, name: 'cachibot-desktop-restored', value: '1', expirationDate })
    .catch((error: Error) => log(`the page will not add what the database has: ${error.message}`));
}

/** Clears the caches: all that can be fetched or compiled again. The user's own data stays. */
export async function clearCaches(appSession: Session): Promise<void> {
  await appSession.clearCache();
  await appSession.clearCodeCaches({});
}

function isForServer(url: string): boolean {
  return url.startsWith('http:') || url.startsWith('ws:');
}

function isAudioOnly(kinds: readonly string[] | undefined): boolean {
  return kinds?.length === 1 && kinds[0] === 'audio';
}
