/**
 * Files in the app's own folders, where another program, an archive or the user may have put a link, a pipe or a folder
 * in the place of a file. The app neither waits for a pipe nor writes through a link.
 */

import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { renameSync } from './rename';

const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR } = constants;
// Windows has neither flag.
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Flags to append to a file, which must not be a link. */
export const APPEND_FLAGS = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
/** Flags to change a file, which must not be a link. Windows cannot shorten a file that is open to append only. */
export const UPDATE_FLAGS = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
/** Flags to read a file that may be a pipe, without waiting for its writer. */
export const READ_FLAGS = O_RDONLY | O_NONBLOCK;

/** Longest file that `readWholeFile` reads. */
const MAX_BYTES = 1_000_000;

/** Returns what is in the place of a file, as a sentence; undefined for a file, or if there is nothing. */
export function whyNotFile(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return stats.isSymbolicLink() ? `It is a link to ${readlinkSync(path)}.` : whyNotRegular(stats);
}

/** The same for a file that is changed in place: that would also change the file's other names. */
export function whyNotOwnFile(path: string): string | undefined {
  const why = whyNotFile(path);
  if (why !== undefined) return why;
  const names = lstatSync(path, { throwIfNoEntry: false })?.nlink ?? 1;
  return names > 1 ? 'It is a hard link: the file has another name.' : undefined;
}

function whyNotRegular(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'It is a folder.';
  return stats.isFIFO() ? 'It is a pipe.' : 'It is not a file.';
}

/** Renames what has this name, whatever it is, and returns its new name. Throws the system's error. */
export function quarantineFile(path: string): string {
  const newName = `${path}.bad-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  renameSync(path, newName);
  return newName;
}

/**
 * Renames a link, a pipe or a folder in the place of a file that is changed in place, and returns the line for the log;
 * undefined if there is none. Throws the system's error.
 */
export function clearPlace(path: string): string | undefined {
  const why = whyNotOwnFile(path);
  return why === undefined ? undefined : `${path}: ${why} It was renamed to ${quarantineFile(path)}.`;
}

/** Renames the pipes in a folder, because Chromium waits for them for ever, and returns the lines for the log. */
export function clearPipes(folder: string): string[] {
  return clearEntries(folder, entry => entry.isFIFO());
}

/**
 * Renames the entries of a folder that `isForeign` selects and that are not files, and returns the lines for the log.
 * Throws the system's error.
 */
export function clearEntries(folder: string, isForeign: (entry: Dirent) => boolean): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // there is no such folder yet
  }
  return entries.flatMap(entry => (isForeign(entry) ? (clearPlace(join(folder, entry.name)) ?? []) : []));
}

/**
 * Reads a small file, also through a link. Throws the system's error, or an Error that says what is in its place; with the
 * code ENOENT only if there is nothing.
 */
export function readWholeFile(path: string): string {
  assertSmallFile(statExisting(path)); // before the open, which may have effects on a device
  const handle = openSync(path, READ_FLAGS);
  try {
    assertSmallFile(fstatSync(handle));
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}

function statExisting(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? whyNotFile(path) : undefined;
    throw why === undefined ? error : new Error(`${why} There is no such file.`);
  }
}

function assertSmallFile(stats: Stats): void {
  const why = whyNotRegular(stats) ?? (stats.size > MAX_BYTES ? `It has ${stats.size} bytes.` : undefined);
  if (why !== undefined) throw new Error(why);
}
