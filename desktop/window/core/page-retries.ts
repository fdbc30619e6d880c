/** A page that crashed or failed to load is loaded again after this long. */
export const RELOAD_MS = 250;

/** Crashes in a row after which a page is no longer reloaded. */
export const CRASHES = 3;
