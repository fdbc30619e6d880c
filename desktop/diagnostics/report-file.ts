import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { app } from 'electron';
import type { Config } from '../startup/core/config';
import type { Folders } from '../startup/folders';
import { firstFolder } from '../system/disk';
import { READ_FLAGS } from '../system/own-file';
import { chooseNewFile, showMessage } from '../window/dialogs';
import { words } from '../words/en';
import { reportText } from './core/report';
import { runDiagnostics } from './doctor';

interface Sources {
  config: Config;
  folders: Folders;
  /** Versions of CachiBot and Electron, and the system. */
  about: string;
  /** The text of the failure page; undefined if it is not shown. */
  failure: string | undefined;
  timeline: readonly string[];
  flushLogs(): Promise<unknown>;
  log(line: string): void;
}

/** Number of bytes from the end of each log: short enough for an email, and for the user to review. */
const TAIL_BYTES = 256_000;

/** Shows a dialog for the file, collects the report, and saves it. Returns whether it was saved. */
export async function saveReport(collect: () => Promise<string>, log: (line: string) => void): Promise<boolean> {
  const defaultPath = join(await defaultFolder(), words.report.fileName(today()));
  const options = { title: words.report.saveTitle, defaultPath };
  for (;;) {
    const filePath = await chooseNewFile(options);
    if (filePath === undefined) return false;
    try {
      await writeForOwner(filePath, await collect());
      log(`saved a report as ${filePath}`);
      return true;
    } catch (error) {
      const reason = (error as Error).message;
      log(`could not save the report as ${filePath}: ${reason}`);
      const { response } = await showMessage({
        type: 'error',
        message: words.report.notSaved,
        detail: words.report.chooseAnother(filePath, reason),
        buttons: [words.report.chooseFolder, words.report.cancel],
        cancelId: 1,
      });
      if (response !== 0) return false;
    }
  }
}

/** Collects everything that helps to find the cause of a failure, as one redacted text. */
export async function collectReport(sources: Sources): Promise<string> {
  const { config, folders, about, failure, timeline, flushLogs, log } = sources;
  await flushLogs();
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

/** Reads the ends of the files that exist. A short file is preceded by the end of its rotated file. */
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
    file = await open(path, READ_FLAGS);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : words.report.unreadable(message);
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return words.report.unreadable(words.report.notFile);
    const { size } = stats;
    const from = Math.max(0, size - TAIL_BYTES);
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
    const text = buffer.subarray(0, bytesRead).toString();
    // Without the first line, which is cut: a part of a secret would not be redacted.
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
    await file.chmod(0o600).catch(() => {}); // a USB stick has no owners
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

async function defaultFolder(): Promise<string> {
  const folders = (['downloads', 'desktop'] as const).map(name => app.getPath(name));
  return (await firstFolder(folders)) ?? app.getPath('home');
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
