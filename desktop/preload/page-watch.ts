import { send } from './bridge';

/** The page's own loading screen, until it fades. */
const NOT_USABLE = '.app-loader:not(.app-loader--fade)';
/** A page that is not drawn, such as one in a minimized window, gets no frame. */
const NO_FRAME_MS = 200;

/** Notifies the shell, once each, that the UI has rendered text, and that the user can work with it. */
export function watchForPaint(): void {
  let isPainted = false;
  const watcher = new MutationObserver(() => {
    if (!findRoot()?.textContent?.trim()) return;
    if (!isPainted) send['page:painted'](getComputedStyle(document.body).backgroundColor);
    isPainted = true;
    if (document.querySelector(NOT_USABLE)) return;
    watcher.disconnect();
    // The second frame begins when the first is drawn.
    const drawn = new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const late = new Promise(resolve => setTimeout(resolve, NO_FRAME_MS));
    void Promise.race([drawn, late]).then(() => send['page:usable']());
  });
  watcher.observe(document, { subtree: true, childList: true, characterData: true, attributeFilter: ['class'] });
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
