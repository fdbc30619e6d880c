/** When the shell's own code began, in milliseconds of `performance.now()`. Imported before anything else. */
export const began = performance.now();
