// Keeps the focus where the user types: content gets it by a click, or by the Tab key, and not by a script of its own.

{
  /** The key moves the focus within this time. */
  const TAB_MS = 500;
  let tabAt = -TAB_MS;
  /** The element outside of content that had the focus last. */
  let before;

  const isContent = element =>
    element instanceof HTMLIFrameElement && new URL(element.src, location.href).pathname === '/desktop/content';

  addEventListener(
    'keydown',
    ({ key }) => {
      if (key === 'Tab') tabAt = performance.now();
    },
    { capture: true },
  );
  addEventListener('focusin', ({ target }) => {
    if (!isContent(target)) before = target;
  });
  // The window loses the focus to a frame without another event.
  addEventListener('blur', ({ target }) => {
    const frame = document.activeElement;
    if (target !== window || !isContent(frame)) return;
    if (frame.matches(':hover') || performance.now() - tabAt < TAB_MS) return;
    frame.blur();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
}
