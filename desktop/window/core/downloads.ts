/** Decides the name of a downloaded file, and what the user reads about a download. `downloads.ts` acts on it. */

import { words } from '../../words/en';

/** The content of the bar of a download. */
export interface DownloadNotice {
  text: string;
  /** From 0 to 100 while the download runs; null while its size is not known. */
  percent?: number | null;
  choice?: 'show' | 'cancel';
}

/** The choices in the bar of a download. */
export type DownloadAction = 'show' | 'cancel' | 'close';

/** A download that is running. `total` is 0 if it is not known. */
export interface Progress {
  received: number;
  total: number;
}

/** Most bytes of a name: the file systems allow 255, and the browser adds an ending while it saves the file. */
const MAX_BYTES = 200;
/** The ending of a name. A longer one does not count. */
const ENDING = /\.[^. ]{1,16}$/;
/** Names of devices on Windows, which no file may have. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * Returns a name that a file may have on each system, and that looks like what it is: without the invisible letters that
 * let “exe.cat” look like “cat.exe”, and without a dot at its start, which hides a file.
 */
export function safeFileName(name: string): string {
  const visible = name
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .replace(/[<>:"/\\|?*]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
    .replace(DEVICE, '_$1');
  return visible === '' ? words.downloads.fallbackName : shorten(visible);
}

/** Shortens a name, but not its ending. */
function shorten(name: string): string {
  const ending = ENDING.exec(name)?.[0] ?? '';
  const characters = [...name.slice(0, name.length - ending.length)];
  while (bytesOf(characters.join('') + ending) > MAX_BYTES) characters.pop();
  return characters.join('').trimEnd() + ending;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Returns how far all downloads are, from 0 to 1; undefined without a download, and null if a size is not known. */
export function progressOf(downloads: readonly Progress[]): number | null | undefined {
  if (downloads.length === 0) return undefined;
  if (downloads.some(({ total }) => total <= 0)) return null;
  const sum = (key: keyof Progress) => downloads.map(download => download[key]).reduce((one, other) => one + other);
  return Math.min(1, sum('received') / sum('total'));
}

/** Returns the notice of a download that is running. */
export function runningNotice(name: string, progress: Progress): DownloadNotice {
  const part = progressOf([progress]) ?? null;
  return {
    text: words.downloads.saving(name),
    percent: part === null ? null : Math.floor(part * 100),
    choice: 'cancel',
  };
}

export function savedNotice(name: string): DownloadNotice {
  return { text: words.downloads.saved(name), choice: 'show' };
}

/** Returns the notice of a download that failed. `code`: what the system says about the folder, if anything. */
export function failedNotice(name: string, code: string | undefined): DownloadNotice {
  return { text: words.downloads.notSaved(name, reasonOf(code)) };
}

export const REFUSED: DownloadNotice = { text: words.downloads.refused };

function reasonOf(code: string | undefined): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return words.downloads.diskFull;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return words.downloads.notAllowed;
    case 'ENOENT':
    case 'ENOTDIR':
      return words.downloads.folderGone;
    case 'ETIMEDOUT':
      return words.downloads.diskSilent;
    default:
      return words.downloads.interrupted;
  }
}

/** Whether a value from a page is a choice in the bar of a download. */
export function isDownloadAction(value: unknown): value is DownloadAction {
  return value === 'show' || value === 'cancel' || value === 'close';
}
