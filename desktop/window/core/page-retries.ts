/** A page that crashed or failed to load is reloaded after this long. */
export const RELOAD_MS = 250;

/** A page is not reloaded after more crashes in a row. */
export const MAX_CRASHES = 3;
