import { shell, type WebContents } from 'electron';
import { forTheLog, judgeNavigation, mayFillFrame, mayFillMainWindow, mayOpenPreview } from './core/navigation-policy';

interface Options {
  origin: string;
  /** In a preview it reports the links that the user clicks, and nothing else. */
  preloadFile: string;
  log(line: string): void;
}

interface Leaving {
  url: string;
  preventDefault(): void;
}

/**
 * Keeps the main window at the app's own pages. A navigation, redirect, frame or popup never opens the browser,
 * because Electron does not tell whether the user caused it: `openLink` does, for the link that the user clicked.
 */
export function guardNavigation(contents: WebContents, options: Options): void {
  const { origin, preloadFile, log } = options;
  contents.setWindowOpenHandler(({ url }) => {
    if (!mayOpenPreview(url, origin)) {
      log(`window refused: ${forTheLog(url, origin)}`);
      return { action: 'deny' };
    }
    // Print and HTML preview: no bridge; other contents, so no token.
    return {
      action: 'allow',
      overrideBrowserWindowOptions: {
        autoHideMenuBar: true,
        webPreferences: {
          preload: preloadFile,
          sandbox: true,
          contextIsolation: true,
          nodeIntegration: false,
        },
      },
    };
  });
  contents.on('did-create-window', child => keepInPlace(child.webContents, options));

  const keepOrigin = (details: Leaving & { isMainFrame: boolean }) => {
    if (details.isMainFrame && !mayFillMainWindow(details.url, origin)) refuse(details, options);
  };
  contents.on('will-navigate', keepOrigin);
  contents.on('will-redirect', keepOrigin);
  contents.on('will-frame-navigate', details => {
    if (!details.isMainFrame && !mayFillFrame(details.url, origin)) refuse(details, options);
  });
}

/** A window that shows what it was opened with, and goes nowhere: a preview, or a page of the shell's own. */
export function keepInPlace(contents: WebContents, options: Options): void {
  contents.setWindowOpenHandler(({ url }) => {
    options.log(`window refused: ${forTheLog(url, options.origin)}`);
    return { action: 'deny' };
  });
  const stay = (details: Leaving) => {
    // Opening a preview counts as its first navigation.
    if (!mayOpenPreview(details.url, options.origin)) refuse(details, options);
  };
  contents.on('will-frame-navigate', stay);
  contents.on('will-redirect', stay);
}

/** Opens the link that the user has clicked, as the preload reports it, in the system's browser or mail program. */
export function openLink(href: unknown, { origin, log }: Pick<Options, 'origin' | 'log'>): void {
  if (typeof href !== 'string') throw new TypeError('A link is a text.');
  const named = forTheLog(href, origin);
  if (judgeNavigation(href, origin) !== 'browser') return log(`link refused: ${named}`);
  log(`link opened: ${named}`);
  shell.openExternal(href).catch((error: Error) => log(`${named} could not be opened: ${error.message}`));
}

function refuse(details: Leaving, { origin, log }: Options): void {
  details.preventDefault();
  log(`navigation refused: ${forTheLog(details.url, origin)}`);
}
