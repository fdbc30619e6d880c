import { isBlank } from './page-watch';

/** Key in the page's storage, which outlives its process, its window and the app. */
const DRAFT = 'cachibot-desktop:draft';
const DRAFT_POLL_MS = 500;

interface Draft {
  /** Path and hash of the page's address. */
  path: string;
  /** Index of the textarea among those of `textareas`. */
  box: number;
  text: string;
}

/** All but the message boxes of chats and rooms, whose text the page keeps by itself (patches/page/drafts.js). */
const BOX = 'textarea:not(.chat-textarea)';
const textareas = () => [...document.querySelectorAll<HTMLTextAreaElement>(BOX)];
const currentPath = () => location.pathname + location.hash;

/**
 * Saves text that was typed and not sent, and restores it when the page is reloaded: into the same textarea at the same
 * path, if that is empty. Polls, because CachiBot's page clears the textarea without an event when it sends.
 */
export function saveDrafts(): void {
  let saved = readDraft();
  if (saved) restoreDraft(saved);
  let typedIn: HTMLTextAreaElement | undefined;
  document.addEventListener('input', ({ target }) => {
    if (target instanceof HTMLTextAreaElement && target.matches(BOX)) typedIn = target;
  });
  const save = () => {
    if (typedIn === undefined || isBlank()) return; // a blank page has crashed, so its draft stays
    // If the textarea is removed, the user has left its page or sent the text: either way the draft is discarded.
    const text = typedIn.isConnected ? typedIn.value : '';
    if (text === saved?.text) return;
    saved = text === '' ? undefined : { path: currentPath(), box: textareas().indexOf(typedIn), text };
    if (saved) localStorage.setItem(DRAFT, JSON.stringify(saved));
    else localStorage.removeItem(DRAFT);
  };
  setInterval(save, DRAFT_POLL_MS);
  // The app hides its window before it quits.
  document.addEventListener('visibilitychange', save);
  addEventListener('pagehide', save);
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
