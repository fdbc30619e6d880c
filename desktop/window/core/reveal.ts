/** Progress of the page in the main window. */
export interface PageProgress {
  /** It has rendered text. */
  painted: boolean;
  /** The user can work with it: its message box, log-in or set-up field is there. */
  usable: boolean;
  /** Time for which the server has been ready for this page; undefined while it is not. */
  readyMs: number | undefined;
}

/** The splash says that the page is slow when the server has been ready for this long. */
export const SLOW_PAGE_MS = 8_000;
/** A page that has painted is shown as it is when the server has been ready for this long. */
export const UNUSABLE_PAGE_MS = 20_000;

/** Whether the splash above the page stays, stays and says that the page is slow, or is removed to show the page. */
export function revealPage({ painted, usable, readyMs }: PageProgress): 'wait' | 'slow' | 'show' {
  if (usable) return 'show';
  if (readyMs === undefined || readyMs < SLOW_PAGE_MS) return 'wait';
  return painted && readyMs >= UNUSABLE_PAGE_MS ? 'show' : 'slow';
}
