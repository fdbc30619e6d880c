import type { WebPreferences } from 'electron';

/** Returns the preferences of each of our pages: sandboxed, without Node, with the preload script as the only bridge. */
export function sandboxed(preloadFile: string, more: WebPreferences = {}): WebPreferences {
  return { preload: preloadFile, sandbox: true, contextIsolation: true, nodeIntegration: false, ...more };
}
