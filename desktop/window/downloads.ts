import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { app, type BrowserWindow, type DownloadItem, type Rectangle, shell, type WebContents } from 'electron';
import { checkFolder, firstFolder } from '../system/disk';
import { words } from '../words/en';
import {
  type DownloadAction,
  type DownloadNotice,
  failedNotice,
  progressOf,
  REFUSED,
  runningNotice,
  safeFileName,
  savedNotice,
} from './core/downloads';
import { showMessage } from './dialogs';
import { send } from './send';
import { ShellView } from './shell-view';
import type { ShellPageOptions } from './shell-window';

interface Options extends ShellPageOptions {
  frame: boolean;
  isQuitting(): boolean;
}

/** Time for which the bar says that a file was saved. */
const SAVED_MS = 15_000;
const WIDTH = 420;
const HEIGHT = 124;
/** Keeps the bar beside the page's scroll bar, and below the find bar. */
const MARGIN = { right: 16, top: 56 };

/** Saves what the page downloads, after the user has chosen a file, and tells in a bar how that goes. */
export class Downloads {
  readonly #view: ShellView;
  readonly #options: Options;
  readonly #running = new Set<DownloadItem>();
  /** The download that the bar is about. */
  #shown: DownloadItem | undefined;
  #notice: DownloadNotice | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The folder that the user has chosen last. */
  #chosen: string | undefined;
  /** The folder in which the next dialog begins. */
  #folder = app.getPath('home');

  constructor(options: Options) {
    this.#options = options;
    this.#view = new ShellView('download', { ...options, place, takesFocus: false });
  }

  get contents(): WebContents | undefined {
    return this.#view.contents;
  }

  /** Call it when the zoom of the page has changed. */
  fit(): void {
    this.#view.fit();
  }

  attachTo(window: BrowserWindow): void {
    this.#view.attachTo(window);
    void this.#findFolder();
  }

  /** Asks where to save a download, and follows it. */
  start(item: DownloadItem): void {
    item.setSaveDialogOptions({
      title: words.downloads.saveTitle,
      defaultPath: join(this.#folder, safeFileName(item.getFilename())),
      properties: ['createDirectory', 'showOverwriteConfirmation'],
    });
    // For the next download: this dialog does not wait for a disk.
    void this.#findFolder();
    this.#running.add(item);
    item.on('updated', (_event, state) => {
      // Chromium keeps an interrupted download until it is resumed, and the app has no button for that.
      if (state === 'interrupted') this.#fail(item);
      else this.#updated(item);
    });
    item.once('done', (_event, state) => void this.#done(item, state));
  }

  /** Tells that a download is not allowed. */
  refused(): void {
    this.#show(undefined, REFUSED);
  }

  /** Does what the user has chosen in the bar. */
  run(action: DownloadAction): void {
    const item = this.#shown;
    if (action === 'show' && item) shell.showItemInFolder(item.getSavePath());
    if (action === 'cancel') item?.cancel();
    this.#hide();
  }

  #updated(item: DownloadItem): void {
    // The dialog is still open.
    if (item.getSavePath() === '') return;
    this.#chose(item);
    this.#updateWindow();
    const isNewest = [...this.#running].at(-1) === item;
    if (isNewest) this.#show(item, runningNotice(nameOf(item), progress(item)));
  }

  async #done(item: DownloadItem, state: 'completed' | 'cancelled' | 'interrupted'): Promise<void> {
    const isFailed = !this.#running.delete(item);
    this.#updateWindow();
    if (isFailed) return;
    if (state === 'cancelled') {
      if (this.#shown === item) this.#hide();
    } else if (state === 'completed') {
      this.#chose(item);
      this.#show(item, savedNotice(nameOf(item)));
      this.#timer = setTimeout(() => this.#hide(), SAVED_MS);
    } else await this.#tellFailure(item);
  }

  #chose(item: DownloadItem): void {
    this.#chosen = this.#folder = dirname(item.getSavePath());
  }

  /** The folder that the user has chosen may be gone, and that for downloads may not exist. */
  async #findFolder(): Promise<void> {
    const chosen = this.#chosen;
    const folders = [chosen, app.getPath('downloads')].filter(path => path !== undefined);
    const found = (await firstFolder(folders)) ?? app.getPath('home');
    if (this.#chosen === chosen) this.#folder = found;
  }

  /** Ends a download that was interrupted. */
  #fail(item: DownloadItem): void {
    if (!this.#running.delete(item)) return;
    void this.#tellFailure(item);
    item.cancel();
  }

  async #tellFailure(item: DownloadItem): Promise<void> {
    const [name, path, bytes] = [nameOf(item), item.getSavePath(), item.getTotalBytes()];
    const code = await checkFolder(dirname(path), () => whyNotSaved(path, bytes));
    this.#options.log(`a download was not saved: ${code ?? 'interrupted'}`);
    if (this.#options.isQuitting()) return;
    const notice = failedNotice(name, code);
    // The server has failed, and the failure page is in the place of the main window.
    if (this.#view.window === undefined) await showMessage({ type: 'warning', message: notice.text });
    else this.#show(item, notice);
  }

  /** Shows the progress of all downloads on the taskbar or in the dock. */
  #updateWindow(): void {
    const all = progressOf([...this.#running].filter(item => item.getSavePath() !== '').map(progress));
    const none = -1;
    const unknown = 2;
    this.#view.window?.setProgressBar(all === undefined ? none : (all ?? unknown));
  }

  #show(item: DownloadItem | undefined, notice: DownloadNotice): void {
    clearTimeout(this.#timer);
    this.#shown = item;
    this.#notice = notice;
    const { contents } = this.#view;
    if (contents) send(contents, 'download', notice);
    else this.#view.show(loaded => this.#notice && send(loaded, 'download', this.#notice));
  }

  #hide(): void {
    clearTimeout(this.#timer);
    this.#shown = this.#notice = undefined;
    this.#view.hide();
  }
}

function progress(item: DownloadItem) {
  return { received: item.getReceivedBytes(), total: item.getTotalBytes() };
}

function nameOf(item: DownloadItem): string {
  return item.getSavePath().split(/[\\/]/).at(-1) ?? item.getFilename();
}

/** Returns the system's code for the reason why a file cannot be written. Electron does not tell it. */
async function whyNotSaved(path: string, bytes: number): Promise<string | undefined> {
  const folder = dirname(path);
  try {
    await access(folder, constants.W_OK);
    await access(path, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize <= bytes ? 'ENOSPC' : undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

function place({ x, y, width, height }: Rectangle): Rectangle {
  const size = { width: Math.min(WIDTH, width), height: Math.min(HEIGHT, height) };
  return { ...size, x: x + Math.max(0, width - size.width - MARGIN.right), y: y + MARGIN.top };
}
