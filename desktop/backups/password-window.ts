import { BrowserWindow, nativeTheme } from 'electron';
import { blockNavigation } from '../security/navigation-guards';
import { shellAddress } from '../window/shell-pages';
import { groundColour } from '../window/shell-window';
import { words } from '../words/en';

interface Options {
  /** To encrypt a new backup, where no password is an answer, too; or to open one. */
  to: 'encrypt' | 'open';
  parent: BrowserWindow | undefined;
  /** Origin of CachiBot's page. */
  origin: string;
  log(line: string): void;
}

/**
 * Asks for a password. Returns an empty text for none, and undefined if the user cancels. Rejects with words for the user if
 * the page cannot be loaded.
 */
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
  const closed = new Promise<undefined>(resolve => window.once('closed', () => resolve(undefined)));
  const crashed = new Promise<never>((_resolve, reject) => {
    window.webContents.once('render-process-gone', (_event, { reason }) => reject(new Error(reason)));
  });
  window.once('ready-to-show', () => window.show());
  try {
    // The splash of the main window has registered the scheme.
    const answer = await Promise.race([answerIn(window, shellAddress(`password.html?${to}`)), closed, crashed]);
    return typeof answer === 'string' ? answer : undefined;
  } catch (error) {
    throw new Error(words.backups.noPasswordPage((error as Error).message));
  } finally {
    if (!window.isDestroyed()) window.destroy();
  }
}

/** Loads the page, and returns the user's answer. May never settle if the page crashes while it loads. */
async function answerIn(window: BrowserWindow, address: string): Promise<unknown> {
  await window.loadURL(address);
  return window.webContents.executeJavaScript('window.answer');
}
