import type { BrowserWindow } from 'electron';

/** Calls `used` whenever the user types, clicks, scrolls or points in the window's page, or brings the window up. */
export function watchUse(window: BrowserWindow, used: () => void): void {
  window.webContents.on('input-event', used);
  for (const event of ['show', 'restore', 'focus'] as const) window.on(event as 'show', used);
}
