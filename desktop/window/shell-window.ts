import { BrowserWindow, type BrowserWindowConstructorOptions, type WebContents } from 'electron';
import { CRASHES, RELOAD_MS } from './core/page-retries';
import type { Screen } from './core/screen';
import { send } from './send';
import { SHELL_PAGES } from './shell-pages';
import { sandboxed } from './web-preferences';

/** Options for a page of the shell, in whichever window it is shown. */
export interface ShellPageOptions {
  preloadFile: string;
  /** Lets a page of the shell lead nowhere. */
  keepInPlace(contents: WebContents): void;
  log(line: string): void;
}

interface Options extends ShellPageOptions {
  icon: string;
  dark: boolean;
  /** The screen to show once the page has loaded. */
  screen(): Screen | undefined;
  closedByUser(): void;
}

const SHAPES = {
  splash: { width: 420, height: 320, frame: false, resizable: false, maximizable: false },
  failure: { width: 780, height: 560, minWidth: 520, minHeight: 400, autoHideMenuBar: true },
} as const satisfies Record<string, BrowserWindowConstructorOptions>;

/** Opens the splash or the failure page: no session, no server, only our own files. `gone` is called once it is closed. */
export function openShellWindow(name: keyof typeof SHAPES, options: Options, gone: () => void): BrowserWindow {
  const window = new BrowserWindow({
    ...SHAPES[name],
    show: false,
    title: 'CachiBot',
    icon: options.icon,
    backgroundColor: options.dark ? '#101114' : '#f7f7f9',
    webPreferences: sandboxed(options.preloadFile),
  });
  window.once('ready-to-show', () => window.show());
  window.webContents.on('did-finish-load', () => {
    const screen = options.screen();
    if (screen) send(window, 'screen', screen);
  });
  window.on('close', options.closedByUser);
  window.on('closed', gone);
  loadShellPage(window.webContents, name, options);
  return window;
}

/** Loads a page of the shell, and again when its process ends, unless that happens again and again. */
export function loadShellPage(
  contents: WebContents,
  name: 'splash' | 'failure' | 'overlay',
  { keepInPlace, log }: ShellPageOptions,
): void {
  keepInPlace(contents);
  const load = () => void contents.loadURL(`${SHELL_PAGES}/${name}.html`);
  let reloadsLeft = CRASHES;
  contents.on('render-process-gone', (_event, { reason, exitCode }) => {
    log(`the process of ${contents.getURL()} ended: ${reason} (${exitCode})`);
    if (reloadsLeft-- <= 0) return;
    setTimeout(() => {
      if (!contents.isDestroyed()) load();
    }, RELOAD_MS);
  });
  load();
}
