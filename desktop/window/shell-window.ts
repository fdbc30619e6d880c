import { BrowserWindow, type WebContents } from 'electron';
import { MAX_CRASHES, RELOAD_MS } from './core/page-retries';
import type { Screen } from './core/screen';
import { send } from './send';
import { SHELL_PAGES } from './shell-pages';
import { sandboxed } from './web-preferences';

/** A page of the shell above the page in the main window. */
export type ShellViewName = 'overlay' | 'find' | 'download' | 'splash';

/** Options for a page of the shell, in a window or in the overlay. */
export interface ShellPageOptions {
  preloadFile: string;
  /** Blocks every navigation and popup of a page of the shell. */
  blockNavigation(contents: WebContents): void;
  log(line: string): void;
}

interface Options extends ShellPageOptions {
  icon: string;
  dark: boolean;
  /** The screen to show once the page has loaded. */
  screen(): Screen | undefined;
  closedByUser(): void;
}

const SIZE = { width: 780, height: 560, minWidth: 520, minHeight: 400 };

/** Opens the failure page. Calls `onClosed` after the window has closed. */
export function openShellWindow(options: Options, onClosed: () => void): BrowserWindow {
  const window = new BrowserWindow({
    ...SIZE,
    autoHideMenuBar: true,
    show: false,
    title: 'CachiBot',
    icon: options.icon,
    backgroundColor: groundColour(options.dark),
    webPreferences: sandboxed(options.preloadFile),
  });
  window.once('ready-to-show', () => window.show());
  window.webContents.on('did-finish-load', () => {
    const screen = options.screen();
    if (screen) send(window, 'screen', screen);
  });
  window.on('close', options.closedByUser);
  window.on('closed', onClosed);
  loadShellPage(window.webContents, 'failure.html', options);
  return window;
}

/** The background of the shell's pages, `--ground` in page.css. */
export function groundColour(dark: boolean): string {
  return dark ? '#101114' : '#f7f7f9';
}

/**
 * Loads a page of the shell, and reloads it when its process crashes, at most `MAX_CRASHES` times.
 * @param page its file, with a query if it needs one
 */
export function loadShellPage(contents: WebContents, page: string, { blockNavigation, log }: ShellPageOptions): void {
  blockNavigation(contents);
  const load = () => void contents.loadURL(`${SHELL_PAGES}/${page}`);
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
