import { existsSync } from 'node:fs';
import { constants, copyFile, link, mkdir, open, readdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { copyPageStorage, pageStorageBeside } from '../backups/page-storage';
import { lastLine } from '../server/core/last-line';
import { rename } from '../system/rename';
import { runProgram } from '../system/run-program';
import type { Backup } from './core/record';

interface Options {
  /** The command of the server, and an environment in which it finds the same data as the running server. */
  file: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  workspace: string;
  /** CachiBot's data folder. */
  data: string;
  /** The app's own folder, with the page's storage. */
  profile: string;
  /** Versions for the name of the copy. */
  versions: { cachibot: string | undefined; app: string };
  now: Date;
  log(line: string): void;
}

/** Long enough for a large database on a slow disk. */
const LIMIT_MS = 10 * 60_000;

/**
 * Copies the database with SQLite's own backup, while the server runs, and the page's storage beside it. `output`: the
 * command's own message. Rejects with a reason for the user.
 */
export async function backUpDatabase(options: Options): Promise<{ output: string; backup?: Backup }> {
  const { data, versions, now } = options;
  const folder = join(data, 'backups');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Named like the server's own backups, so that the same rule deletes old copies.
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const which = versions.cachibot === undefined ? '' : `${versions.cachibot}-`;
  const copy = join(folder, `cachibot-${which}app-${versions.app}-${stamp}.db`);
  const output = await copyBoth(options, copy);
  const [from, to] = ['Copied ', ` to ${copy}.`];
  const database = output.startsWith(from) && output.endsWith(to) ? output.slice(from.length, -to.length) : undefined;
  if (database === undefined && !existsSync(copy)) await deleteBackup(copy); // there is no database to restore
  return { output, ...(database === undefined ? {} : { backup: { database, copy } }) };
}

/** Deletes a copy of the database, and the page's storage beside it. */
export async function deleteBackup(copy: string): Promise<void> {
  await rm(copy, { force: true });
  await rm(pageStorageBeside(copy), { recursive: true, force: true });
}

/** Copies the page's storage first: where there is a copy of the database, the other one is complete. */
async function copyBoth({ file, args, env, workspace, profile, log }: Options, copy: string): Promise<string> {
  const page = pageStorageBeside(copy);
  try {
    await copyPageStorage(profile, page).catch(async (error: NodeJS.ErrnoException) => {
      // An update changes no chat in the page's storage, so only a full disk is a reason not to install it.
      if (error.code === 'ENOSPC') throw error;
      log(`the page's storage was not copied: ${error.message}`);
      await rm(page, { recursive: true, force: true });
    });
    const how = { env, cwd: workspace, limitMs: LIMIT_MS };
    const { output, errors, failure } = await runProgram(file, [...args, '--backup', copy], how);
    if (failure !== undefined) throw new Error(lastLine(errors) ?? failure.reason);
    return output.trim();
  } catch (error) {
    await rm(page, { recursive: true, force: true }).catch(() => {}); // the next copy removes it
    throw error;
  }
}

/**
 * Suffix of a copy that is about to replace the database. The same name without the suffix is that of the old database.
 * `cachibot_desktop/data/restore.py` reads the same names.
 */
const REPLACEMENT = '.instead';
/** Suffixes of the files that SQLite creates beside a database. */
const SIDE_FILES = ['-wal', '-shm', '-journal'];

/**
 * Replaces the database by a copy, while no server runs, and keeps the old database beside it. Returns the path of the
 * old database. Several files cannot be replaced at once: nothing has changed until the copy has the suffix
 * `REPLACEMENT`; after that the next server finishes the restore before it opens the database.
 */
export async function restoreBackup({ database: named, copy }: Backup, now: Date): Promise<string> {
  const database = await resolveLinks(named);
  await finishRestore(database);
  const aside = `${database}.before-${now.toISOString().replace(/[:.]/g, '-')}`;
  const part = `${database}.part`;
  await rm(part, { force: true });
  await copyFile(copy, part, constants.COPYFILE_EXCL); // not through a link
  const handle = await open(part, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await link(database, aside).catch(() => copyFile(database, aside));
  await rename(part, aside + REPLACEMENT);
  try {
    await finishRestore(database);
  } catch (error) {
    await undoRestore(database, aside).catch(() => {}); // then the next server finishes the restore
    throw error;
  }
  return aside;
}

/** Undoes a restore whose database could not be moved: on Windows another program may have it open. */
async function undoRestore(database: string, aside: string): Promise<void> {
  for (const ending of SIDE_FILES) await rename(aside + ending, database + ending).catch(unlessMissing);
  await rm(aside + REPLACEMENT, { force: true });
  await rm(aside, { force: true });
}

/** Finishes a restore that was interrupted, if there is one. */
export async function finishRestore(named: string): Promise<void> {
  const database = await resolveLinks(named);
  const before = `${basename(database)}.before-`;
  const names = await readdir(dirname(database));
  for (const name of names.filter(name => name.startsWith(before) && name.endsWith(REPLACEMENT))) {
    const instead = join(dirname(database), name);
    const aside = instead.slice(0, -REPLACEMENT.length);
    // SQLite would take the old side files for those of the restored database.
    for (const ending of SIDE_FILES) await rename(database + ending, aside + ending).catch(unlessMissing);
    await rename(instead, database);
  }
}

/** Resolves links: SQLite keeps its side files beside the target of a link, and a rename would only replace the link. */
async function resolveLinks(database: string): Promise<string> {
  return realpath(database).catch(() => database); // between two steps of a restore there may be no such file
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
