import { send } from './bridge';

const OUTSIDE = /^(?:https?|mailto):/;
const FRAMES_POLL_MS = 500;

/**
 * Reports each external link that the user clicks, with the middle button too, or opens with Enter, which is a click as
 * well. Scripts, refreshes and forms create no trusted event, so they never open the browser.
 */
export function watchLinks(): void {
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
