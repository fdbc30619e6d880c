import { BrowserWindow, type WebContents } from 'electron';
import type { Events } from '../ipc/core/contract';

/** Sends an event to a page, unless its window has been closed. */
export function send<Name extends keyof Events>(
  to: BrowserWindow | WebContents,
  name: Name,
  payload: Events[Name],
): void {
  if (to.isDestroyed()) return;
  (to instanceof BrowserWindow ? to.webContents : to).send(name, payload);
}
