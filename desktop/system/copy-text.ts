import { clipboard } from 'electron';

/** Copies a text. Electron 45 returns a promise, whose failure must be handled. */
export function copyText(text: string): void {
  void Promise.resolve(clipboard.writeText(text)).catch(() => {});
}
