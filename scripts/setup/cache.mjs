// @ts-check
// The cache that all clones of this user share, for downloads and builds that take minutes.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './lock.mjs';

/**
 * Returns the path of an entry in the cache, whether it exists or not.
 * @param {string} name
 */
export function cachePath(name) {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cachibot-desktop', name);
}

/**
 * Adds a folder to the cache, completely or not at all.
 * @param {string} name
 * @param {(temporary: string) => Promise<string>} create creates the folder inside a temporary folder; returns its path
 */
export async function addToCache(name, create) {
  const cache = cachePath('');
  mkdirSync(cache, { recursive: true });
  removeStaleFolders(cache);
  const temporary = mkdtempSync(join(cache, `unpacking-${process.pid}-`));
  try {
    const created = await create(temporary);
    try {
      renameSync(created, cachePath(name));
    } catch (error) {
      if (!existsSync(cachePath(name))) throw error; // else another clone was faster
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * Removes the oldest entries whose names start with `prefix`.
 * @param {string} prefix
 * @param {number} max number of entries to keep
 */
export function removeOldest(prefix, max) {
  const cache = cachePath('');
  const folders = readdirSync(cache).filter(name => name.startsWith(prefix));
  const times = new Map(folders.map(name => [name, statSync(join(cache, name)).mtimeMs]));
  const byAge = folders.sort((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0));
  for (const name of byAge.slice(max)) rmSync(join(cache, name), { recursive: true, force: true });
}

/**
 * Removes temporary folders of set-ups that were killed.
 * @param {string} cache
 */
function removeStaleFolders(cache) {
  for (const name of readdirSync(cache)) {
    const owner = /^unpacking-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) rmSync(join(cache, name), { recursive: true, force: true });
  }
}
