/** A page that crashed or failed to load is loaded again after this long. */
export const RELOAD_MS = 250;

/** How often in a row a page may crash before it is no longer reloaded. */
export const CRASHES = 3;
