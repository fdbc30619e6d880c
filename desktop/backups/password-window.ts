import { BrowserWindow, nativeTheme } from 'electron';
import { blockNavigation } from '../security/navigation-guards';
import { SHELL_PAGES } from '../window/shell-pages';
import { groundColour } from '../window/shell-window';

interface Options {
  /** To encrypt a new backup, where no password is an answer, too; or to open one. */
  to: 'encrypt' | 'open';
  parent: BrowserWindow | undefined;
  /** Origin of CachiBot's page. */
  origin: string;
  log(line: string): void;
}

/** Asks for a password. Returns an empty text for none, and undefined if the user cancels. */
export async function askForPassword({ to, parent, origin, log }: Options): Promise<string | undefined> {
  const window = new BrowserWindow({
    ...(parent === undefined ? {} : { parent, modal: true }),
    width: 460,
    height: to === 'encrypt' ? 364 : 240,
    useContentSize: true,
    resizable: false,
    minimizable: false,
    maximizable: false,
    autoHideMenuBar: true,
    show: false,
    title: 'CachiBot',
    backgroundColor: groundColour(nativeTheme.shouldUseDarkColors),
    // Its answer is read by `executeJavaScript`, so that no other page can send one.
    webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false },
  });
  blockNavigation(window.webContents, { origin, log });
  // The failure page has the same host, and may have been zoomed.
  window.webContents.on('did-navigate', () => window.webContents.setZoomLevel(0));
  const closed = new Promise<undefined>(resolve => window.once('closed', () => resolve(undefined)));
  window.once('ready-to-show', () => window.show());
  try {
    await window.loadURL(`${SHELL_PAGES}/password.html?${to}`);
    const answer: unknown = await Promise.race([window.webContents.executeJavaScript('window.answer'), closed]);
    return typeof answer === 'string' ? answer : undefined;
  } finally {
    if (!window.isDestroyed()) window.destroy();
  }
}
