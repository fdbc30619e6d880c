import { send } from './bridge';

/** Notifies the shell, once, that the UI has rendered text. */
export function watchForPaint(): void {
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
/** Whether the UI's root is empty. */
export const isBlank = () => !findRoot()?.hasChildNodes();

/** Notifies the shell, once, that the UI's root has become empty: React removes a tree that throws, for good. */
export function watchForBlank(): void {
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
