// @ts-check
// The folder that all clones of this user share: what takes minutes to fetch or to make, made once.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './lock.mjs';

/**
 * Where a thing of this name lies, or would lie, in the cache.
 * @param {string} name
 */
export function inCache(name) {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cachibot-desktop', name);
}

/**
 * Puts a folder into the cache, as a whole or not at all.
 * @param {string} name
 * @param {(temporary: string) => Promise<string>} make it, somewhere in a temporary folder; returns where
 */
export async function putIntoCache(name, make) {
  const cache = inCache('');
  mkdirSync(cache, { recursive: true });
  removeLeftOvers(cache);
  const temporary = mkdtempSync(join(cache, `unpacking-${process.pid}-`));
  try {
    const made = await make(temporary);
    try {
      renameSync(made, inCache(name));
    } catch (error) {
      if (!existsSync(inCache(name))) throw error; // else another clone was faster
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * Removes the oldest of those whose names begin alike.
 * @param {string} prefix
 * @param {number} kept how many stay
 */
export function keepNewest(prefix, kept) {
  const cache = inCache('');
  const folders = readdirSync(cache).filter(name => name.startsWith(prefix));
  const times = new Map(folders.map(name => [name, statSync(join(cache, name)).mtimeMs]));
  const byAge = folders.sort((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0));
  for (const name of byAge.slice(kept)) rmSync(join(cache, name), { recursive: true, force: true });
}

/**
 * Temporary folders of set-ups that were killed.
 * @param {string} cache
 */
function removeLeftOvers(cache) {
  for (const name of readdirSync(cache)) {
    const maker = /^unpacking-(\d+)-/.exec(name)?.[1];
    if (maker !== undefined && !isAlive(Number(maker))) rmSync(join(cache, name), { recursive: true, force: true });
  }
}
