import { clipboard } from 'electron';

/**
 * Copies a text. Electron 45 returns a promise, whose failure would end the app if nothing handled it. Another program may
 * keep the clipboard open; the user then sees at the paste that nothing was copied.
 */
export function copyText(text: string): void {
  void Promise.resolve(clipboard.writeText(text)).catch(() => {});
}
