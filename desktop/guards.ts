import { shell, type WebContents } from 'electron';
import { judgeNavigation, judgePopup, mayFillFrame } from './core/navigation';

interface Options {
  origin: string;
  log(line: string): void;
}

interface Leaving {
  url: string;
  preventDefault(): void;
}

/** Keeps the main window at its origin: links, redirects, frames and popups go where `core/navigation.ts` says. */
export function guardNavigation(contents: WebContents, options: Options): void {
  const { origin, log } = options;
  contents.setWindowOpenHandler(({ url }) => {
    const popup = judgePopup(url, origin);
    if (popup.open === 'system') openOutside(popup.url, log);
    if (popup.open === 'nowhere') log(`window refused: ${url.slice(0, 200)}`);
    if (popup.open !== 'child') return { action: 'deny' };
    // Print and HTML preview: no preload, so no bridge; other contents, so no token.
    return {
      action: 'allow',
      overrideBrowserWindowOptions: {
        autoHideMenuBar: true,
        webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false },
      },
    };
  });
  contents.on('did-create-window', child => keepInPlace(child.webContents, options));

  const keepOrigin = (details: Leaving & { isMainFrame: boolean }) => {
    if (details.isMainFrame && judgeNavigation(details.url, origin) !== 'stay') leave(details, options);
  };
  contents.on('will-navigate', keepOrigin);
  contents.on('will-redirect', keepOrigin);
  contents.on('will-frame-navigate', details => {
    if (!details.isMainFrame && !mayFillFrame(details.url, origin)) leave(details, options);
  });
}

/** A window that shows what it was opened with, and goes nowhere: a preview, or a page of the shell's own. */
export function keepInPlace(contents: WebContents, options: Options): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (judgeNavigation(url, options.origin) === 'browser') openOutside(url, options.log);
    return { action: 'deny' };
  });
  const stay = (details: Leaving) => {
    // Opening a preview counts as its first navigation.
    if (judgePopup(details.url, options.origin).open !== 'child') leave(details, options);
  };
  contents.on('will-frame-navigate', stay);
  contents.on('will-redirect', stay);
}

function leave(details: Leaving, { origin, log }: Options): void {
  details.preventDefault();
  if (judgeNavigation(details.url, origin) === 'browser') openOutside(details.url, log);
  else log(`navigation refused: ${details.url.slice(0, 200)}`);
}

function openOutside(url: string, log: (line: string) => void): void {
  shell.openExternal(url).catch((error: Error) => log(`${url.slice(0, 200)} could not be opened: ${error.message}`));
}
