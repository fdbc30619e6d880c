import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { app, BrowserWindow, dialog } from 'electron';

/** Of the end of each log, in bytes: what a mail can carry, and a person can look through. */
const TAIL_BYTES = 256_000;

/** Asks where to keep the report, makes it, and keeps it there. Returns whether it was kept. */
export async function saveReport(make: () => Promise<string>, log: (line: string) => void): Promise<boolean> {
  const window = BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows().find(one => one.isVisible());
  const ask = { title: 'Save Report', defaultPath: join(usualFolder(), `CachiBot report ${today()}.txt`) };
  for (;;) {
    const { filePath, canceled } = await (window ? dialog.showSaveDialog(window, ask) : dialog.showSaveDialog(ask));
    if (canceled || filePath === undefined || filePath === '') return false;
    try {
      await writeForOwner(filePath, await make());
      log(`a report was saved as ${filePath}`);
      return true;
    } catch (error) {
      const reason = (error as Error).message;
      log(`the report could not be saved as ${filePath}: ${reason}`);
      const say: Electron.MessageBoxOptions = {
        type: 'error',
        message: 'The report could not be saved',
        detail: `${filePath}: ${reason}. Choose another folder.`,
        buttons: ['Choose Another Folder', 'Cancel'],
        cancelId: 1,
      };
      const { response } = await (window ? dialog.showMessageBox(window, say) : dialog.showMessageBox(say));
      if (response !== 0) return false;
    }
  }
}

/** The ends of files that are there, each with the end of its older one before it where it is short itself. */
export async function endsOf(files: readonly { name: string; path: string }[]) {
  const ends = files.map(async ({ name, path }) => {
    const text = await endOf(path);
    const older = text !== undefined && text.length < TAIL_BYTES / 2 ? await endOf(`${path}.old`) : undefined;
    return text === undefined ? [] : [{ name, text: (older ?? '') + text }];
  });
  return (await Promise.all(ends)).flat();
}

async function endOf(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : `It cannot be read: ${message}\n`;
  }
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
    const text = buffer.subarray(0, bytesRead).toString();
    // The first line is cut, and half a secret is not known for one.
    return from === 0 ? text : `[${from} bytes before this]\n${text.slice(text.indexOf('\n') + 1)}`;
  } catch (error) {
    return `It cannot be read: ${(error as Error).message}\n`;
  } finally {
    await file.close();
  }
}

async function writeForOwner(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.chmod(0o600).catch(() => {}); // a memory stick knows no owners
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

function usualFolder(): string {
  const folders = (['downloads', 'desktop'] as const).map(name => app.getPath(name));
  return folders.find(folder => existsSync(folder)) ?? app.getPath('home');
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
