/** When the shell's own code started, in milliseconds of `performance.now()`. Imported before anything else. */
export const processStartMs = performance.now();
