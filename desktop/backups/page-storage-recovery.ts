import { existsSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { mkdir, rm, truncate, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { clearEntries, quarantineFile } from '../system/own-file';
import { rename } from '../system/rename';
import { listCopies } from './copies';
import { type Inspection, inspectLevelDb } from './core/leveldb';
import { copyFolder, NOT_COPIED, PAGE_STORAGE, pageStorageBeside } from './page-storage';
import { isMovingFiles } from './restore-journal';

interface Options {
  /** The app's own folder. */
  profile: string;
  /** CachiBot's data folder. */
  data: string;
  log(line: string): void;
}

/** Damaged storage of the page that was replaced, or could not be. */
export interface Recovery {
  /** The time of the copy in its place; undefined if there is none. */
  copiedMs: number | undefined;
  /** The folder with the damaged files; undefined if there were none. */
  damaged: string | undefined;
  /** Why the storage could not be checked, or its copy not be restored, for the user. */
  problem?: string;
}

interface Copy {
  folder: string;
  atMs: number;
  /** Whether it may be moved instead of copied: each start makes this copy again. */
  mayMove: boolean;
}

/** The folder with the page's bots, chats and login, below the profile. */
const [LEVELDB = ''] = PAGE_STORAGE;
const storageIn = (profile: string) => dirname(join(profile, LEVELDB));
/** The copy made at the last sound start. Not in the folder that is copied before updates. */
const keptCopyIn = (profile: string) => `${storageIn(profile)} copy`;
/** Suffix of the storage that replaces the present one at the next start. */
const REPLACEMENT = '.instead';
/** Suffix of a folder with the copy that replaces damaged storage, once the copy is complete. */
const RECOVERED = '.recovered';
/** Suffix of the copy before, while the new one takes its place. */
const REPLACED = '.old';

/**
 * Restores the last copy of the page's storage if it is damaged: Chromium would replace it by an empty one. Call it before
 * the session is used. Deletes nothing. The next start continues a recovery that was killed.
 *
 * The check does not wait for a thread: while Chromium starts, each such wait takes milliseconds.
 */
export async function recoverPageStorage(options: Options): Promise<Recovery | undefined> {
  if (isRestoring(options)) return undefined;
  try {
    return await recover(options);
  } catch (error) {
    const { message } = error as Error;
    options.log(`the page’s storage could not be checked: ${message}`);
    return { copiedMs: undefined, damaged: undefined, problem: message };
  }
}

/** A restore that is half done has moved the storage, or will. The start that finishes it checks the storage. */
function isRestoring({ data, log }: Options): boolean {
  if (!isMovingFiles(data)) return false;
  log('the page’s storage is neither checked nor copied: a backup is not fully restored yet');
  return true;
}

async function recover({ profile, data, log }: Options): Promise<Recovery | undefined> {
  const storage = storageIn(profile);
  const leveldb = join(profile, LEVELDB);
  await finishReplacement(storage, log);
  const finished = await finishRecovery(storage, log);
  clearNames(leveldb, log);
  const { damage, opens, cut, isEmpty } = inspectFolder(leveldb);
  const kept = keptCopies(profile);
  await cutLogs(leveldb, cut, log);
  // Without a copy, a profile without storage is a new one.
  if (damage === undefined && !(isEmpty && kept.length > 0)) return finished;
  log(`the page’s storage is damaged: ${damage ?? 'it is empty'}`);
  const copy = newestSound([...kept, ...copiesBeforeUpdates(data)]);
  const problem = copy && (await stage(copy, storage, log));
  if (copy && problem === undefined) {
    const recovery = await finishRecovery(storage, log);
    clearNames(leveldb, log); // a copy that `stage` moved is complete, with its pipes and folders
    await cutLogs(leveldb, copy.cut, log);
    return recovery;
  }
  const failed = problem === undefined ? {} : { problem };
  if (opens || isEmpty) {
    log('no copy of it exists or can be restored, and the rest can be used');
    return problem === undefined ? finished : { copiedMs: undefined, damaged: undefined, problem };
  }
  return { copiedMs: undefined, damaged: await putAside(storage, log), ...failed };
}

/**
 * Places a copy where `finishRecovery` finds it, complete. Returns the reason if it could not. A full disk has no room for
 * a second copy, but the copy of the last start can be moved: this start makes another.
 */
async function stage(copy: Copy, storage: string, log: Options['log']): Promise<string | undefined> {
  const part = `${storage}.part`;
  let complete = part;
  try {
    await rm(part, { recursive: true, force: true });
    await copyFolder(copy.folder, part);
    await utimes(part, new Date(), new Date(copy.atMs));
  } catch (error) {
    const { message } = error as Error;
    log(`the copy of the page’s storage could not be copied: ${message}`);
    await rm(part, { recursive: true, force: true }).catch(() => {}); // the next recovery removes it
    if (!copy.mayMove) return message;
    complete = copy.folder;
  }
  try {
    await mkdir(storage + RECOVERED, { recursive: true, mode: 0o700 });
    await rename(complete, join(storage + RECOVERED, 'leveldb'));
    log(`the page’s storage will be restored from ${copy.folder}`);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Puts the staged copy in the place of the storage, if there is one. */
async function finishRecovery(storage: string, log: Options['log']): Promise<Recovery | undefined> {
  const copied = statsOf(join(storage + RECOVERED, 'leveldb'));
  if (copied === undefined) return undefined;
  const damaged = await putAside(storage, log);
  await rename(storage + RECOVERED, storage);
  log('the page’s storage was restored from its copy');
  return { copiedMs: copied.mtimeMs, damaged };
}

/** Renames the storage, so that Chromium does not delete it. Returns its new name; undefined if there is none. */
async function putAside(storage: string, log: Options['log']): Promise<string | undefined> {
  if (!existsSync(storage)) return undefined;
  const damaged = quarantineFile(storage);
  log(`the page’s storage was renamed to ${damaged}`);
  return damaged;
}

/**
 * Prepares the restore of the storage that belongs to a copy of the database, while Chromium may have the present one
 * open. The next start of the app finishes it. Returns whether there is such a copy.
 */
export async function preparePageRestore(profile: string, copy: string): Promise<boolean> {
  const from = join(pageStorageBeside(copy), LEVELDB);
  if (!existsSync(from)) return false;
  const storage = storageIn(profile);
  const part = `${storage}.part`;
  for (const folder of [part, storage + REPLACEMENT]) await rm(folder, { recursive: true, force: true });
  await copyFolder(from, join(part, 'leveldb'));
  await rename(part, storage + REPLACEMENT);
  return true;
}

/** Replaces the storage by the prepared one, if there is one, and keeps it beside. */
async function finishReplacement(storage: string, log: Options['log']): Promise<void> {
  if (!existsSync(storage + REPLACEMENT)) return;
  const before = `${storage}.before-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  if (existsSync(storage)) await rename(storage, before);
  await rename(storage + REPLACEMENT, storage);
  log(`the page’s storage was restored from before the update; the newer one is ${before}`);
}

/** Keeps a copy of the page's storage for the next start, if it is sound. The page may be in use. */
export async function keepPageStorage(options: Options): Promise<void> {
  if (isRestoring(options)) return;
  const { profile, log } = options;
  const kept = keptCopyIn(profile);
  const part = `${kept}.part`;
  try {
    await rm(part, { recursive: true, force: true });
    await copyFolder(join(profile, LEVELDB), part);
    const { damage } = inspectFolder(part);
    if (damage !== undefined) throw new Error(damage);
    if (existsSync(kept)) {
      await rm(kept + REPLACED, { recursive: true, force: true });
      await rename(kept, kept + REPLACED);
    }
    await rename(part, kept);
    await rm(kept + REPLACED, { recursive: true, force: true });
  } catch (error) {
    log(`no copy of the page’s storage was made: ${(error as Error).message}`);
    await rm(part, { recursive: true, force: true }).catch(() => {}); // the next copy removes it
  }
}

/** Names that LevelDB gives its files. */
const LEVELDB_FILE = /^(CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(log|ldb|sst|dbtmp))$/;

/**
 * Renames pipes and folders with the name of a file. Chromium waits for ever for a pipe instead of a log, and because of
 * a folder `LOCK` it keeps what the page stores in memory only. A file that is missing then counts as damage.
 */
function clearNames(folder: string, log: Options['log']): void {
  clearEntries(folder, entry => LEVELDB_FILE.test(entry.name) && (entry.isFIFO() || entry.isDirectory())).forEach(log);
}

function inspectFolder(folder: string): Inspection & { isEmpty: boolean } {
  const unreadable = { opens: false, cut: [], isEmpty: false };
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    const names = entries.filter(entry => entry.isFile() && !NOT_COPIED.has(entry.name)).map(entry => entry.name);
    const files = new Map<string, Buffer>();
    for (const name of names) files.set(name, readFileSync(join(folder, name)));
    return { ...inspectLevelDb(files), isEmpty: files.size === 0 };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { damage: undefined, opens: true, cut: [], isEmpty: true };
    if (code === 'ENOTDIR' || code === 'EIO') return { damage: message, ...unreadable };
    throw error;
  }
}

/** LevelDB would append to an incomplete record, and then not find the records after it. */
async function cutLogs(folder: string, cut: Inspection['cut'], log: Options['log']): Promise<void> {
  for (const { name, bytes } of cut) {
    await truncate(join(folder, name), bytes);
    log(`the end of ${join(folder, name)} was incomplete and has been cut off`);
  }
}

function keptCopies(profile: string): Copy[] {
  const kept = keptCopyIn(profile);
  const found: Copy[] = [];
  for (const folder of [kept, kept + REPLACED]) {
    const stats = statsOf(folder);
    if (stats?.isDirectory()) found.push({ folder, atMs: stats.mtimeMs, mayMove: true });
  }
  return found;
}

function copiesBeforeUpdates(data: string): Copy[] {
  return listCopies(data)
    .filter(({ content }) => content === 'database and page')
    .map(({ file, atMs }) => ({ folder: join(pageStorageBeside(file), LEVELDB), atMs, mayMove: false }));
}

function newestSound(copies: readonly Copy[]): (Copy & Inspection) | undefined {
  for (const copy of copies.toSorted((one, other) => other.atMs - one.atMs)) {
    const inspection = inspectFolder(copy.folder);
    if (inspection.damage === undefined && !inspection.isEmpty) return { ...copy, ...inspection };
  }
  return undefined;
}

/** Returns undefined for a path that does not exist or cannot be reached. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
