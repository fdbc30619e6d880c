/**
 * Decides which navigations and requests are allowed, and which requests carry the token. `navigation-guards.ts` and
 * `session.ts` act on it.
 */

import { isLoopback, originOf, parse } from './origin';

export type Verdict = 'stay' | 'browser' | 'refuse';

const EXTERNAL_PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);

/** Decides on a link that the user clicks: our own pages open in the window, web sites in the browser, the rest nowhere. */
export function judgeNavigation(target: string, origin: string): Verdict {
  const url = parse(target);
  if (url === undefined) return 'refuse';
  // Not `url.origin`: a `blob:` has our origin too, and a preview must not open in the window with the bridge.
  if (originOf(target) === origin) return 'stay';
  // A link to this machine with another port or name would bypass the check of the origin.
  if (isThisMachine(url.hostname)) return 'refuse';
  return EXTERNAL_PROTOCOLS.has(url.protocol) ? 'browser' : 'refuse';
}

/** First segments of the paths that CachiBot's API handles. The server sends the app's page for every other path. */
const SERVER_PATHS = new Set(['api', 'ws', 'v1', 'docs', 'redoc', 'openapi.json', 'assets']);

/** The page that draws content which runs scripts, as a frame and as a window. Its policy gives it an origin of its own. */
const CONTENT_PAGE = '/desktop/content';
/** Added to its address for a window whose content is printed. */
const PRINT = '?print';

/** Whether this is the address of the page that draws content. */
export function isContentPage(target: string, origin: string): boolean {
  return target === `${origin}${CONTENT_PAGE}` || target === `${origin}${CONTENT_PAGE}${PRINT}`;
}

/** Whether a window with this address is printed as soon as its content is drawn. */
export function isPrinted(target: string, origin: string): boolean {
  return isContentPage(target, origin) && target.endsWith(PRINT);
}

/** Whether the main window may load this address: only the app's own pages, no response of the server's API, no file. */
export function mayLoadInMainWindow(target: string, origin: string): boolean {
  if (originOf(target) !== origin || hasUserInfo(target)) return false;
  const segments = segmentsOf(target);
  if (segments === undefined || SERVER_PATHS.has(segments[0] ?? '')) return false;
  if (`/${segments.join('/')}` === CONTENT_PAGE) return false;
  // The server responds to unusual characters with an error, and a name with an extension is a file.
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

/** Redacts an address for the log. Only the origin of a web site is logged: the rest may contain data from a page. */
export function addressForLog(target: string, origin: string): string {
  const url = parse(target);
  if (url?.protocol === 'mailto:') return 'a mail address';
  const site = originOf(target);
  return site === undefined || site === origin ? target.slice(0, 200) : `${site}/`;
}

/**
 * Whether a frame may load this address. A frame with content may only begin again. `current` is the frame's address;
 * undefined for a frame that is gone, which may have shown content.
 */
export function mayLoadInFrame(target: string, origin: string, current: string | undefined): boolean {
  // Content may change the hash of its own address.
  if (current === undefined || isContentPage(current.replace(/#.*/s, ''), origin)) return isContentPage(target, origin);
  return isPageOfFrame(target, origin);
}

/** Whether this is an address for a frame: one of the app's own pages, or a page without an address of its own. */
function isPageOfFrame(target: string, origin: string): boolean {
  const hasNoAddress = target === 'about:blank' || target === 'about:srcdoc' || isOwnBlob(target, origin);
  return hasNoAddress || isContentPage(target, origin) || mayLoadInMainWindow(target, origin);
}

/** Whether the page may open this address in a window: content that runs scripts, and previews without an address. */
export function mayOpenPreview(target: string, origin: string): boolean {
  return target === 'about:blank' || target === '' || isContentPage(target, origin) || isOwnBlob(target, origin);
}

/** Whether the page may request this address: only its own origin, and data that it has created itself. */
export function mayFetch(target: string, origin: string): boolean {
  const url = parse(target);
  if (url === undefined || hasUserInfo(target)) return false;
  if (url.protocol === 'ws:') return `http://${url.host}` === origin;
  if (url.protocol === 'blob:') return isOwnBlob(target, origin);
  return url.origin === origin || url.protocol === 'data:' || url.protocol === 'devtools:';
}

/** Where the shell reports the machine. A page could name another PATH there, and so the programs that the server runs. */
const MACHINE = 'api/desktop/machine';

/**
 * Whether the page's session may send a request. A window or a frame navigates with GET and to a page only: a form could
 * otherwise send a command to the server's API, or replace the page by a response.
 */
export function maySend(request: Pick<RequestFacts, 'url' | 'method' | 'resourceType'>, origin: string): boolean {
  const { url, method } = request;
  if (!mayFetch(url, origin) || segmentsOf(url)?.join('/') === MACHINE) return false;
  if (!isNavigation(request)) return true;
  return method === 'GET' && (isPageOfFrame(url, origin) || parse(url)?.protocol === 'devtools:');
}

/** The facts about a request that decide whether it is sent, and whether it carries the token. */
export interface RequestFacts {
  url: string;
  method: string;
  /** Undefined for requests that no window sent. */
  webContentsId: number | undefined;
  resourceType: string;
  /** The frame that sends the request, or that navigates. Undefined when the frame no longer exists. */
  frame: Frame | undefined;
  /** The parent of `frame`; undefined for a main frame. */
  parent: Frame | undefined;
}

/** A frame that has not navigated yet has an empty url and the origin `null`. */
export interface Frame {
  url: string;
  origin: string;
}

/**
 * Whether a request carries the token: only requests of the main window's frames at our origin, not requests of
 * other origins in the same session, of `blob:` windows, or of `srcdoc` and sandboxed frames. The page that
 * draws content is loaded with it, too.
 */
export function mayCarryToken(request: RequestFacts, mainId: number | undefined, origin: string): boolean {
  if (mainId === undefined || !maySend(request, origin)) return false;
  // Its frames and windows have an origin of their own. The page contains nothing but what the UI gives it.
  if (isNavigation(request) && isContentPage(request.url, origin)) return true;
  if (request.webContentsId !== mainId) return false;
  // The window itself navigates: its frame still has the previous page, or none.
  if (request.resourceType === 'mainFrame') return true;
  const { frame, parent } = request;
  // Electron does not tell whether the parent or the frame itself navigates, so both must be ours (or the frame empty).
  if (request.resourceType === 'subFrame') return isOwn(parent, origin) && (isEmpty(frame) || isOwn(frame, origin));
  return isOwn(frame, origin);
}

function isNavigation({ resourceType }: Pick<RequestFacts, 'resourceType'>): boolean {
  return resourceType === 'mainFrame' || resourceType === 'subFrame';
}

/** Checks both: a `blob:` or `srcdoc` frame has our origin but not our address, a sandboxed frame the reverse. */
function isOwn(frame: Frame | undefined, origin: string): boolean {
  return frame !== undefined && frame.origin === origin && originOf(frame.url) === origin;
}

function isEmpty(frame: Frame | undefined): boolean {
  return frame?.url === '' || frame?.url === 'about:blank';
}

/** Whether a host name leads to this machine, also in disguise: a final dot, IPv4 within IPv6, the “any address”. */
function isThisMachine(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return isLoopback(name) || name === '0.0.0.0' || name === '[::]' || /^\[::ffff:(7f[0-9a-f]{2}:|0:0\])/.test(name);
}

/** Whether an address has a user name or a password before its host. */
function hasUserInfo(target: string): boolean {
  const url = parse(target);
  return url !== undefined && (url.username !== '' || url.password !== '');
}

function isOwnBlob(target: string, origin: string): boolean {
  return target.startsWith(`blob:${origin}/`);
}
