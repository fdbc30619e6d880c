import { app, type Session, session, type WebFrameMain } from 'electron';
import { type Frame, mayCarryToken, mayFetch, originOf } from './core/navigation';

interface Options {
  origin: string;
  /** An attached server of development has a storage of its own. */
  partition: string;
  /** Whether anything may be asked of the server now: only while it is known to be ours, or attached. */
  open(): boolean;
  token(): string | undefined;
  /** The id of the main window's contents. */
  mainId(): number | undefined;
  log(line: string): void;
}

/**
 * Before the app is ready: no session checks spelling, where Chromium would fetch a dictionary from the network as
 * soon as there is one. An empty list of languages is what keeps it from that; the switch alone comes too late.
 */
export function leaveSpellingAlone(): void {
  app.on('session-created', created => {
    created.setSpellCheckerEnabled(false);
    created.setSpellCheckerLanguages([]);
  });
}

/** The session of the main window: what may leave it, what goes with it, and what the page may do. */
export function createAppSession({ origin, partition, open, token, mainId, log }: Options): Session {
  const own = session.fromPartition(partition);
  // Everything the page may reach is on this machine; a proxy named in the environment has no part in that.
  void own.setProxy({ mode: 'direct' });

  // One listener an event is all Electron keeps, so each of these is the only one.
  own.webRequest.onBeforeRequest((details, reply) => {
    const allowed = mayFetch(details.url, origin) && (open() || !isForServer(details.url));
    if (!allowed) log(`request refused: ${details.method} ${details.url.slice(0, 200)}`);
    reply({ cancel: !allowed });
  });

  const toServer = { urls: [`${origin}/*`, `${origin.replace('http:', 'ws:')}/*`] };
  own.webRequest.onBeforeSendHeaders(toServer, (details, reply) => {
    const carried = token();
    const { url, webContentsId, resourceType, frame } = details;
    const asker = { url, webContentsId, resourceType, frame: seen(frame), parent: seen(frame?.parent) };
    if (carried === undefined || !mayCarryToken(asker, mainId(), origin)) return reply({});
    reply({ requestHeaders: { ...details.requestHeaders, 'X-CachiBot-Token': carried } });
  });

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
  own.on('will-download', (event, item) => {
    const url = item.getURL();
    if (url.startsWith(`blob:${origin}/`) || url.startsWith('data:') || originOf(url) === origin) return;
    event.preventDefault();
    log(`download refused: ${url.slice(0, 200)}`);
  });
  return own;

  function isMain(contentsId: number | undefined, requester: string, mainFrame: boolean): boolean {
    return contentsId !== undefined && contentsId === mainId() && mainFrame && originOf(requester) === origin;
  }
}

/** Forgets what can be fetched or compiled again, and nothing that is the person's. */
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
