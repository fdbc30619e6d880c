import { BrowserWindow, type BrowserWindowConstructorOptions, nativeTheme, type WebContents } from 'electron';
import { MAX_CRASHES, RELOAD_MS } from './core/page-retries';
import type { Screen } from './core/screen';
import { send } from './send';
import { servePages, shellAddress } from './shell-pages';
import { sandboxed } from './web-preferences';

/** A page of the shell above the page in the main window. */
export type ShellViewName = 'overlay' | 'find' | 'download' | 'splash';

/** Options for a page of the shell, in a window or in the overlay. */
export interface ShellPageOptions {
  preloadFile: string;
  /** The folder with the pages. */
  pagesFolder: string;
  /** Blocks every navigation and popup of a page of the shell. */
  blockNavigation(contents: WebContents): void;
  log(line: string): void;
}

/** Options for a window with a page of the shell. */
export interface ShellWindowOptions extends ShellPageOptions {
  icon: string;
}

interface FailureOptions extends ShellWindowOptions {
  /** The screen to show once the page has loaded. */
  screen(): Screen | undefined;
  closedByUser(): void;
}

const SIZE = { width: 780, height: 560, minWidth: 520, minHeight: 400 };

/** Opens the failure page. Calls `onClosed` after the window has closed. */
export function openShellWindow(options: FailureOptions, onClosed: () => void): BrowserWindow {
  const window = createShellWindow('failure', { ...SIZE, title: 'CachiBot' }, options, () => {
    const screen = options.screen();
    if (screen) send(window, 'screen', screen);
  });
  window.on('close', options.closedByUser);
  window.on('closed', onClosed);
  return window;
}

/**
 * Creates a window with a page of the shell. It appears when the page has painted.
 * @param loaded called each time when the page has loaded
 */
export function createShellWindow(
  page: 'failure' | 'settings' | 'shortcuts' | 'about',
  layout: BrowserWindowConstructorOptions,
  options: ShellWindowOptions,
  loaded: () => void,
): BrowserWindow {
  const window = new BrowserWindow({
    ...layout,
    autoHideMenuBar: true,
    show: false,
    icon: options.icon,
    backgroundColor: groundColour(nativeTheme.shouldUseDarkColors),
    webPreferences: sandboxed(options.preloadFile),
  });
  window.once('ready-to-show', () => window.show());
  window.webContents.on('did-finish-load', loaded);
  loadShellPage(window.webContents, `${page}.html`, options);
  return window;
}

/** Gives a window that only tells something the manners of a dialog: Escape closes it, and its title stays. */
export function closeOnEscape(window: BrowserWindow): void {
  window.on('page-title-updated', event => event.preventDefault());
  window.webContents.on('before-input-event', (event, { type, key }) => {
    if (type !== 'keyDown' || key !== 'Escape') return;
    event.preventDefault();
    window.close();
  });
}

/** The background of the shell's pages, `--ground` in page.css. */
export function groundColour(dark: boolean): string {
  return dark ? '#101114' : '#f7f7f9';
}

/**
 * Loads a page of the shell, and reloads it when its process crashes, at most `MAX_CRASHES` times.
 * @param page its file, with a query if it needs one
 */
export function loadShellPage(contents: WebContents, page: string, options: ShellPageOptions): void {
  const { pagesFolder, blockNavigation, log } = options;
  // Not at the start: it would delay the first window.
  servePages(pagesFolder);
  blockNavigation(contents);
  const load = () => {
    // A load that another one replaces, or that ends with its window, has not failed.
    contents.loadURL(shellAddress(page)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_ABORTED') log(`${page} could not be loaded: ${error.message}`);
    });
  };
  let reloadsLeft = MAX_CRASHES;
  contents.on('render-process-gone', (_event, { reason, exitCode }) => {
    log(`the process of ${contents.getURL()} exited: ${reason} (${exitCode})`);
    if (reloadsLeft-- <= 0) return;
    setTimeout(() => {
      if (!contents.isDestroyed()) load();
    }, RELOAD_MS);
  });
  load();
}
