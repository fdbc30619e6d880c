/** Decides which navigations and requests are allowed, and which requests carry the token. `navigation-guards.ts` and
 * `session.ts` act on it. */

import { isLoopback, originOf, parse } from './origin';

export type Verdict = 'stay' | 'browser' | 'refuse';

const FOR_THE_SYSTEM = new Set(['http:', 'https:', 'mailto:']);

/** Where a link the user clicks leads: our own pages stay inside, the web goes to the browser, the rest nowhere. */
export function judgeNavigation(target: string, origin: string): Verdict {
  const url = parse(target);
  if (url === undefined) return 'refuse';
  // Not `url.origin`: that of a `blob:` is ours too, and the window with the bridge is no place for a preview.
  if (originOf(target) === origin) return 'stay';
  // A link back to this machine, port or name changed, is a way round the origin, not a web site.
  if (leadsHere(url.hostname)) return 'refuse';
  return FOR_THE_SYSTEM.has(url.protocol) ? 'browser' : 'refuse';
}

/** Paths that CachiBot's API answers. Every other path gets the app's page. */
const SERVER_PATHS = new Set(['api', 'ws', 'v1', 'docs', 'redoc', 'openapi.json', 'assets']);

/** Only the app's own pages may fill the main window: not an answer of the server's API, and no file. */
export function mayFillMainWindow(target: string, origin: string): boolean {
  if (originOf(target) !== origin) return false;
  const segments = segmentsOf(target);
  if (segments === undefined || SERVER_PATHS.has(segments[0] ?? '')) return false;
  // Anything odd is answered with an error, and a name with an ending is a file.
  return segments.every(segment => !/[/\\%\p{Cc}]/u.test(segment)) && !segments.at(-1)?.includes('.');
}

/** The decoded parts of the path, as the server compares them; undefined if it is not well formed. */
function segmentsOf(target: string): string[] | undefined {
  const path = parse(target)?.pathname.replace(/^\//, '').replace(/\/$/, '') ?? '';
  try {
    const segments = path.split('/').map(decodeURIComponent);
    return segments.length > 1 && segments.includes('') ? undefined : segments;
  } catch {
    return undefined; // a percent sign that encodes nothing
  }
}

/** An address as logs may hold it: of a web site only its host, because the rest may carry what a page knows. */
export function forTheLog(target: string, origin: string): string {
  const url = parse(target);
  if (url?.protocol === 'mailto:') return 'a mail address';
  const site = originOf(target);
  return site === undefined || site === origin ? target.slice(0, 200) : `${site}/`;
}

/** A page may be shown inside a frame only if it is ours or has no address of its own. */
export function mayFillFrame(target: string, origin: string): boolean {
  return (
    target === 'about:blank' || target === 'about:srcdoc' || isOwnBlob(target, origin) || originOf(target) === origin
  );
}

/** Print and HTML preview open `about:blank` and `blob:` children. No other window opens. */
export function mayOpenPreview(target: string, origin: string): boolean {
  return target === 'about:blank' || target === '' || isOwnBlob(target, origin);
}

/** The page may fetch from its own origin and from what it made itself; nothing else leaves its session. */
export function mayFetch(target: string, origin: string): boolean {
  const url = parse(target);
  if (url === undefined) return false;
  if (url.protocol === 'ws:') return `http://${url.host}` === origin;
  if (url.protocol === 'blob:') return isOwnBlob(target, origin);
  return url.origin === origin || url.protocol === 'data:' || url.protocol === 'devtools:';
}

/** The facts about a request that decide on the token. */
export interface Asker {
  /** Where the request goes. */
  url: string;
  /** Absent for requests that no window made. */
  webContentsId: number | undefined;
  resourceType: string;
  /** The frame that asks, or that navigates. Absent when it is gone. */
  frame: Frame | undefined;
  /** The frame around it; absent for the window's own. */
  parent: Frame | undefined;
}

/** A frame that has navigated nowhere yet has an empty url and the origin `null`. */
export interface Frame {
  url: string;
  origin: string;
}

/**
 * The token goes with requests of the main window's own frames at our origin, and with nothing else:
 * not with other origins in the same session, `blob:` children, `srcdoc` or sandboxed frames.
 */
export function mayCarryToken(asker: Asker, mainId: number | undefined, origin: string): boolean {
  if (mainId === undefined || asker.webContentsId !== mainId || !mayFetch(asker.url, origin)) return false;
  // The navigation of the window itself: the frame still holds the page before, or none.
  if (asker.resourceType === 'mainFrame') return true;
  const { frame, parent } = asker;
  // Electron does not tell whether the parent or the frame itself navigates, so both must be ours (or the frame empty).
  if (asker.resourceType === 'subFrame') return isOwn(parent, origin) && (isEmpty(frame) || isOwn(frame, origin));
  return isOwn(frame, origin);
}

/** Both: a `blob:` or `srcdoc` frame has our origin without our address, a sandboxed one our address without our origin. */
function isOwn(frame: Frame | undefined, origin: string): boolean {
  return frame !== undefined && frame.origin === origin && originOf(frame.url) === origin;
}

function isEmpty(frame: Frame | undefined): boolean {
  return frame?.url === '' || frame?.url === 'about:blank';
}

/** Whether a browser would end up on this machine, by a disguised name too: a final dot, IPv4 within IPv6, “any address”. */
function leadsHere(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return isLoopback(name) || name === '0.0.0.0' || name === '[::]' || /^\[::ffff:(7f[0-9a-f]{2}:|0:0\])/.test(name);
}

function isOwnBlob(target: string, origin: string): boolean {
  return target.startsWith(`blob:${origin}/`);
}
