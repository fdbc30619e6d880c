import {
  BrowserWindow,
  dialog,
  type MessageBoxOptions,
  type MessageBoxReturnValue,
  type OpenDialogOptions,
  type SaveDialogOptions,
  shell,
} from 'electron';
import { words } from '../words/en';

/**
 * Returns the window in which the user works, or any that is visible. A minimized window counts as visible on Linux, but a
 * message above it would be as invisible as the window.
 */
export function visibleWindow(): BrowserWindow | undefined {
  const isShown = (window: BrowserWindow) => window.isVisible() && !window.isMinimized();
  const focused = BrowserWindow.getFocusedWindow();
  return focused && isShown(focused) ? focused : BrowserWindow.getAllWindows().find(isShown);
}

/** Shows a message above the visible window. */
export function showMessage(options: MessageBoxOptions): Promise<MessageBoxReturnValue> {
  const window = visibleWindow();
  return window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options);
}

/**
 * Asks whether to cut off what is running. Returns true if the user chooses the first button. The default is the second one,
 * so Enter and Escape cut nothing off. `signal` closes the question.
 */
export async function confirmCutOff(
  question: Pick<MessageBoxOptions, 'message' | 'detail' | 'buttons'>,
  signal?: AbortSignal,
): Promise<boolean> {
  const answers = { defaultId: 1, cancelId: 1, noLink: true };
  const { response } = await showMessage({ type: 'question', ...question, ...answers, ...(signal ? { signal } : {}) });
  return response === 0;
}

/** Asks for a file to write. Returns undefined if the user cancels. */
export async function chooseNewFile(options: SaveDialogOptions): Promise<string | undefined> {
  const window = visibleWindow();
  const { canceled, filePath } = await (window
    ? dialog.showSaveDialog(window, options)
    : dialog.showSaveDialog(options));
  return canceled || !filePath ? undefined : filePath;
}

/** Asks for a file to read. Returns undefined if the user cancels. */
export async function chooseFile(options: OpenDialogOptions): Promise<string | undefined> {
  const window = visibleWindow();
  const { canceled, filePaths } = await (window
    ? dialog.showOpenDialog(window, options)
    : dialog.showOpenDialog(options));
  return canceled ? undefined : filePaths[0];
}

/** Tells the user that a page was not printed. Says nothing if the user has cancelled. */
export function showNotPrinted(reason: string, log: (line: string) => void): void {
  if (/cancel/i.test(reason)) return;
  log(`not printed: ${reason}`);
  void showMessage({ type: 'warning', message: words.menu.notPrinted, detail: reason });
}

/** Opens a folder in the system's file manager. */
export function openFolder(folder: string, log: (line: string) => void): Promise<void> {
  return openPath(folder, words.menu.folderNotOpened, log);
}

/** Opens a file in the program that the system has for it. */
export function openFile(file: string, log: (line: string) => void): Promise<void> {
  return openPath(file, words.menu.fileNotOpened, log);
}

async function openPath(path: string, message: string, log: (line: string) => void): Promise<void> {
  const problem = await shell.openPath(path);
  if (problem === '') return;
  log(`could not open ${path}: ${problem}`);
  await showMessage({ type: 'warning', message, detail: `${path}\n${problem}` });
}
