import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { app, type FileFilter } from 'electron';
import { EXIT_CODES } from '../server/core/exit-codes';
import { rename } from '../system/rename';
import { chooseFile, chooseNewFile, showMessage, visibleWindow } from '../window/dialogs';
import { words } from '../words/en';
import { localTime } from '../words/local-time';
import { type BackupParts, backUp, prepareRestore } from './backup-file';
import { type ListedCopy, listCopies } from './copies';
import { sizeAsText } from './core/copies';
import { askForPassword } from './password-window';
import type { Outcome } from './server-command';

interface Options {
  /** Undefined for a server that is not ours. */
  parts: BackupParts | undefined;
  /** CachiBot's data folder. */
  data: string;
  /** Origin of CachiBot's page. */
  origin: string;
  /** Writes the page's storage to the disk. */
  flushPage(): void;
  /** Whether the app quits or installs an update. */
  isBusy(): boolean;
  stopServer(): Promise<unknown>;
  startServer(): void;
  showSplash(text: string): void;
  relaunch(): void;
  log(line: string): void;
}

export interface Backups {
  /** Asks for a file and a password, and saves everything in the file. */
  backUp(): Promise<void>;
  /** Asks for a backup, checks it, and relaunches the app, which restores it. */
  restore(): Promise<void>;
}

const EXTENSION = 'cachibot-backup';

/** Creates the commands of the menu and of the failure page. Only one runs at a time. */
export function createBackups(options: Options): Backups {
  let running = false;
  const alone = async (work: (parts: BackupParts) => Promise<void>) => {
    const { notPossible, otherServer, busy } = words.backups;
    if (options.parts === undefined) return showProblem(notPossible, otherServer);
    if (running || options.isBusy()) return showProblem(notPossible, busy);
    running = true;
    try {
      await work(options.parts);
    } catch (error) {
      options.log(`backup: ${(error as Error).message}`);
      showProblem(notPossible, (error as Error).message);
    } finally {
      running = false;
    }
  };
  return {
    backUp: () => alone(parts => backUpTo(parts, options)),
    restore: () => alone(parts => restoreFrom(parts, options)),
  };
}

async function backUpTo(parts: BackupParts, { flushPage, origin, log }: Options): Promise<void> {
  const { saveTitle, saved, notSaved, fileName } = words.backups;
  const defaultPath = join(app.getPath('documents'), fileName(new Date().toISOString().slice(0, 10)));
  const chosen = await chooseNewFile({ title: saveTitle, defaultPath, filters: filters() });
  if (chosen === undefined) return;
  const password = await askForPassword({ to: 'encrypt', parent: visibleWindow(), origin, log });
  if (password === undefined) return;
  flushPage();
  const { code, message } = await replaceFile(chosen, file => backUp(parts, file, password || undefined));
  log(`backup: ${message}`);
  if (code === 0) void showMessage({ message: saved, detail: message });
  else showProblem(notSaved, message);
}

/** The user has agreed in the dialog to replace a file; it is kept until the new one is complete. */
async function replaceFile(file: string, save: (file: string) => Promise<Outcome>): Promise<Outcome> {
  if (!existsSync(file)) return save(file);
  const complete = join(dirname(file), `.${basename(file)}.new`);
  await rm(complete, { force: true });
  const outcome = await save(complete);
  if (outcome.code === 0) await rename(complete, file);
  return { ...outcome, message: outcome.message.replaceAll(complete, file) };
}

async function restoreFrom(parts: BackupParts, options: Options): Promise<void> {
  const { data, flushPage, isBusy, stopServer, showSplash, relaunch, log } = options;
  // The user may have quit during the check.
  const startServer = () => void (!isBusy() && options.startServer());
  const file = await chooseBackup(listCopies(data));
  if (file === undefined) return;
  flushPage();
  showSplash(words.backups.checking);
  await stopServer();
  const outcome = await prepare(parts, file, options).catch((error: Error) => ({ code: -1, message: error.message }));
  log(`backup: ${outcome?.message ?? 'cancelled'}`);
  if (outcome?.code === 0) return relaunch();
  startServer();
  if (outcome) showProblem(words.backups.notRestored, outcome.message);
}

/** Prepares the restore, and asks for the password if there is one. Returns undefined if the user cancels. */
async function prepare(parts: BackupParts, file: string, { origin, log }: Options): Promise<Outcome | undefined> {
  let outcome = await prepareRestore(parts, file);
  while (outcome.code === EXIT_CODES.WRONG_PASSWORD) {
    const password = await askForPassword({ to: 'open', parent: visibleWindow(), origin, log });
    if (password === undefined) return undefined;
    outcome = await prepareRestore(parts, file, password);
  }
  return outcome;
}

/** Offers the automatic copies and any other file, and asks whether to restore it. Returns undefined for no. */
async function chooseBackup(copies: readonly ListedCopy[]): Promise<string | undefined> {
  const { chooseTitle, chooseDetail, restore, restoreFile, restoreFrom, cancel } = words.backups;
  const buttons = [...copies.map(copyAsText), words.backups.chooseFile, cancel];
  const { response: index } = await showMessage({
    message: chooseTitle,
    detail: chooseDetail,
    buttons,
    cancelId: buttons.length - 1,
  });
  if (index === buttons.length - 1) return undefined;
  const copy = copies[index];
  const open = { title: chooseTitle, filters: filters('db'), properties: ['openFile' as const] };
  const file = copy?.file ?? (await chooseFile(open));
  if (file === undefined) return undefined;
  const message = copy ? restoreFrom(localTime(copy.atMs)) : restoreFile(basename(file));
  const detail = [...(copy ? [contentAsText(copy)] : []), chooseDetail].join(' ');
  const { response } = await showMessage({ message, detail, buttons: [restore, cancel], cancelId: 1 });
  return response === 0 ? file : undefined;
}

function copyAsText(copy: ListedCopy): string {
  const { copyLine, kinds } = words.backups;
  return copyLine(localTime(copy.atMs), kinds[copy.kind], versionAsText(copy), sizeAsText(copy.bytes));
}

function versionAsText({ cachibot, app: shell }: ListedCopy): string {
  return cachibot === undefined ? words.backups.unknownVersion : words.backups.versions(cachibot, shell);
}

function contentAsText({ content }: ListedCopy): string {
  return words.backups.contents[content];
}

function filters(...more: string[]): FileFilter[] {
  return [{ name: words.backups.fileKind, extensions: [EXTENSION, ...more] }];
}

/** Does not wait for the answer: a command has ended when its last message is shown. */
function showProblem(message: string, detail: string): void {
  void showMessage({ type: 'error', message, detail });
}

/** Tells the user how a restore ended that the last start had prepared. */
export async function showFinished({ restored, message }: { restored: boolean; message: string }): Promise<void> {
  const done = words.backups.restored;
  const { notRestored } = words.backups;
  await showMessage({ type: restored ? 'info' : 'error', message: restored ? done : notRestored, detail: message });
}
