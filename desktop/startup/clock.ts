/** Time at which the shell's own code started, in milliseconds of `performance.now()`. main.ts imports this file first. */
export const processStartMs = performance.now();
