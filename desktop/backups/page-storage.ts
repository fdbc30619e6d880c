import { copyFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The LevelDB folders of CachiBot's page, below the profile. Its bots, chats and login are in the first; the others hold
 * what a later version of the page may store there.
 */
export const PAGE_STORAGE = ['Local Storage/leveldb', 'IndexedDB', 'Session Storage'].map(
  name => `Partitions/cachibot/${name}`,
);

/**
 * Returns the folder for the page's storage that belongs to a copy of the database.
 * `cachibot_desktop/data/page_storage.py` has the same rule.
 */
export function pageStorageBeside(copy: string): string {
  return copy.replace(/\.db$/, '.page');
}

/** Files that belong to the process that has the database open. LevelDB creates them again. */
export const NOT_COPIED = new Set(['LOCK', 'LOG', 'LOG.old']);

/** LevelDB compacts a page's storage within milliseconds, and writes to it at most once in some seconds. */
const ATTEMPTS = 20;
const RETRY_MS = 100;

/**
 * Copies the page's storage from one profile folder to another, also while the page uses it. Returns the number of files.
 * Call `session.flushStorageData()` before, so that the page's last seconds are on the disk. Rejects if a folder keeps
 * changing, or cannot be read or written; no partial copy remains.
 */
export async function copyPageStorage(profile: string, destination: string): Promise<number> {
  let count = 0;
  try {
    for (const name of PAGE_STORAGE) count += await copyTree(join(profile, name), join(destination, name));
  } catch (error) {
    for (const name of PAGE_STORAGE) await rm(join(destination, name), { recursive: true, force: true });
    throw error;
  }
  return count;
}

async function copyTree(from: string, to: string): Promise<number> {
  const entries = await readdir(from, { withFileTypes: true }).catch(unlessMissing);
  // First the files of the folder itself: each attempt begins with an empty copy.
  let count = entries.some(entry => entry.isFile()) ? await copyFolder(from, to) : 0;
  for (const { name } of entries.filter(entry => entry.isDirectory()))
    count += await copyTree(join(from, name), join(to, name));
  return count;
}

/**
 * Copies the files of one folder, again and again until none of them was created or removed in the meantime. Rejects if
 * the folder keeps changing, or cannot be read or written.
 */
export async function copyFolder(from: string, to: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      const before = await describe(from);
      await mkdir(to, { recursive: true, mode: 0o700 });
      for (const name of before.names) await copyFile(join(from, name), join(to, name));
      if ((await describe(from)).text === before.text) return before.names.length;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    await rm(to, { recursive: true, force: true });
    if (attempt >= ATTEMPTS) throw new Error(`${from} changes all the time`);
    await delay(RETRY_MS);
  }
}

/**
 * The state of a LevelDB. As long as no file appears or disappears and the list of tables (MANIFEST) does not grow, only
 * the log grows, and LevelDB reads a log up to where it was cut.
 */
async function describe(folder: string): Promise<{ names: string[]; text: string }> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter(entry => entry.isFile() && !NOT_COPIED.has(entry.name)).map(entry => entry.name);
  const lists = names.filter(name => name.startsWith('MANIFEST-')).sort();
  const sizes = await Promise.all(lists.map(async name => (await stat(join(folder, name))).size));
  const current = names.includes('CURRENT') ? await readFile(join(folder, 'CURRENT'), 'utf8') : '';
  return { names, text: JSON.stringify([names.toSorted(), sizes, current]) };
}

function unlessMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
  throw error;
}
