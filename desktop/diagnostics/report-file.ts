import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { app, BrowserWindow, dialog } from 'electron';
import type { Config } from '../startup/core/config';
import type { Folders } from '../startup/folders';
import { words } from '../words/en';
import { reportText } from './core/report';
import { runDiagnostics } from './doctor';

interface Sources {
  config: Config;
  folders: Folders;
  /** Which CachiBot, Electron and system. */
  about: string;
  /** Text of the failure page, if it is shown. */
  failure: string | undefined;
  timeline: readonly string[];
  endLogs(): Promise<unknown>;
  log(line: string): void;
}

/** Bytes taken from the end of each log: few enough for a mail, and to review. */
const TAIL_BYTES = 256_000;

/** Asks where to save the report, makes it, and saves it there. Returns whether it was saved. */
export async function saveReport(make: () => Promise<string>, log: (line: string) => void): Promise<boolean> {
  const window = BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows().find(one => one.isVisible());
  const ask = { title: words.report.saveTitle, defaultPath: join(usualFolder(), words.report.fileName(today())) };
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
        message: words.report.notSaved,
        detail: words.report.chooseAnother(filePath, reason),
        buttons: [words.report.chooseFolder, words.report.cancel],
        cancelId: 1,
      };
      const { response } = await (window ? dialog.showMessageBox(window, say) : dialog.showMessageBox(say));
      if (response !== 0) return false;
    }
  }
}

/** Returns everything that helps to find out what went wrong, as one text. */
export async function collectReport(sources: Sources): Promise<string> {
  const { config, folders, about, failure, timeline, endLogs, log } = sources;
  await endLogs();
  const machine = await runDiagnostics(config, folders, log).catch((error: Error) =>
    words.report.machineUnknown(error.message),
  );
  const files = await endsOf([
    { name: words.report.hang, path: join(folders.logs, 'hang.txt') },
    { name: words.report.appLog, path: join(folders.logs, 'main.log') },
    { name: words.report.serverOutput, path: join(folders.logs, 'server.log') },
    {
      name: words.report.serverLog,
      path: join(folders.home, '.cachibot', 'logs', 'cachibot.log'),
    },
  ]);
  const made = new Date().toISOString();
  return reportText({ made, about, failure, timeline, machine, files }, [folders.home, app.getPath('home')]);
}

/** The ends of files that are there, each preceded by the end of its older file where it is short itself. */
async function endsOf(files: readonly { name: string; path: string }[]) {
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
    return code === 'ENOENT' ? undefined : words.report.unreadable(message);
  }
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
    const text = buffer.subarray(0, bytesRead).toString();
    // The first line is cut, and half a secret is not known for one.
    return from === 0 ? text : `${words.report.bytesLeftOut(from)}\n${text.slice(text.indexOf('\n') + 1)}`;
  } catch (error) {
    return words.report.unreadable((error as Error).message);
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
