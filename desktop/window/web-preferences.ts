import type { WebPreferences } from 'electron';

/** Preferences of each page of ours: sandboxed, without Node, with nothing of the shell but its preload. */
export function sandboxed(preloadFile: string, more: WebPreferences = {}): WebPreferences {
  return { preload: preloadFile, sandbox: true, contextIsolation: true, nodeIntegration: false, ...more };
}
