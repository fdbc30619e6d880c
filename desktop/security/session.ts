import { app, type OnBeforeRequestListenerDetails, type Session, session, type WebFrameMain } from 'electron';
import type { PageStart } from '../window/core/page-load';
import { type Frame, mayCarryToken, mayFetch } from './core/navigation-policy';
import { originOf } from './core/origin';

interface Options {
  origin: string;
  /** An attached server of development has a storage of its own. */
  partition: string;
  /** Whether anything may be asked of the server now: only while it is known to be ours, or attached. */
  open(): boolean;
  token(): string | undefined;
  /** The id of the main window's contents. */
  mainId(): number | undefined;
  /** Is told of all that the main window's page asks the server for. */
  pageStart: PageStart;
  log(line: string): void;
}

/** Whether a request comes from the main frame of the main window, at our origin. */
type IsMain = (contentsId: number | undefined, requester: string, mainFrame: boolean) => boolean;

/** The page no longer wanted an answer. */
const TAKEN_BACK = 'net::ERR_ABORTED';

/**
 * Call it before the app is ready. No session checks spelling: Chromium would download a dictionary as soon as there is a
 * session. `setSpellCheckerEnabled(false)` comes too late; an empty language list prevents the download.
 */
export function disableSpellChecker(): void {
  app.on('session-created', created => {
    created.setSpellCheckerEnabled(false);
    created.setSpellCheckerLanguages([]);
  });
}

/** The session of the main window: what may leave it, what goes with it, and what the page may do. */
export function createAppSession({ origin, partition, open, token, mainId, pageStart, log }: Options): Session {
  const own = session.fromPartition(partition);
  // Everything the page may reach is on this machine; a proxy named in the environment has no part in that.
  void own.setProxy({ mode: 'direct' });

  // One listener an event is all Electron keeps, so each of these is the only one.
  own.webRequest.onBeforeRequest((details, reply) => {
    const allowed = mayFetch(details.url, origin) && (open() || !isForServer(details.url));
    if (!allowed) log(`request refused: ${details.method} ${details.url.slice(0, 200)}`);
    noteRequest(details);
    reply({ cancel: !allowed });
  });
  own.webRequest.onCompleted(({ id, statusCode }) => {
    pageStart.end(id, statusCode < 500 ? 'answered' : 'refused', performance.now());
  });
  own.webRequest.onErrorOccurred(({ id, error }) => {
    pageStart.end(id, error === TAKEN_BACK ? 'answered' : 'broken', performance.now());
  });

  const toServer = { urls: [`${origin}/*`, `${origin.replace('http:', 'ws:')}/*`] };
  own.webRequest.onBeforeSendHeaders(toServer, (details, reply) => {
    const carried = token();
    const { url, webContentsId, resourceType, frame } = details;
    const asker = { url, webContentsId, resourceType, frame: seen(frame), parent: seen(frame?.parent) };
    if (carried === undefined || !mayCarryToken(asker, mainId(), origin)) return reply({});
    reply({ requestHeaders: { ...details.requestHeaders, 'X-CachiBot-Token': carried } });
  });

  limitPermissions(own, isMain, log);
  own.on('will-download', (event, item) => {
    const url = item.getURL();
    if (url.startsWith(`blob:${origin}/`) || url.startsWith('data:') || originOf(url) === origin) return;
    event.preventDefault();
    log(`download refused: ${url.slice(0, 200)}`);
  });
  return own;

  function noteRequest({ id, url, resourceType, webContentsId }: OnBeforeRequestListenerDetails): void {
    // A WebSocket is of another origin, and the page itself tries again to open it.
    if (webContentsId !== mainId() || originOf(url) !== origin) return;
    if (resourceType === 'mainFrame') pageStart.begin();
    pageStart.ask(id, performance.now());
  }

  function isMain(contentsId: number | undefined, requester: string, mainFrame: boolean): boolean {
    return contentsId !== undefined && contentsId === mainId() && mainFrame && originOf(requester) === origin;
  }
}

/** Allows the page to record sound and to write to the clipboard, and denies all other permissions. */
function limitPermissions(own: Session, isMain: IsMain, log: Options['log']): void {
  own.setPermissionRequestHandler((contents, permission, reply, details) => {
    const audio = permission === 'media' && 'mediaTypes' in details && isAudioOnly(details.mediaTypes);
    const allowed =
      isMain(contents?.id, details.requestingUrl, details.isMainFrame) &&
      (audio || permission === 'clipboard-sanitized-write');
    if (!allowed) log(`permission refused: ${permission}`);
    reply(allowed);
  });
  own.setPermissionCheckHandler((contents, permission, requestingOrigin, details) => {
    const audio = permission === 'media' && details.mediaType === 'audio';
    return (
      isMain(contents?.id, requestingOrigin, details.isMainFrame) &&
      (audio || permission === 'clipboard-sanitized-write')
    );
  });
  own.setDevicePermissionHandler(() => false);
}

/** Forgets what can be fetched or compiled again, and nothing that is the user's. */
export async function clearCaches(own: Session): Promise<void> {
  await own.clearCache();
  await own.clearCodeCaches({});
}

function isForServer(url: string): boolean {
  return url.startsWith('http:') || url.startsWith('ws:');
}

function isAudioOnly(kinds: readonly string[] | undefined): boolean {
  return kinds?.length === 1 && kinds[0] === 'audio';
}

function seen(frame: WebFrameMain | null | undefined): Frame | undefined {
  return frame ? { url: frame.url, origin: frame.origin } : undefined;
}
