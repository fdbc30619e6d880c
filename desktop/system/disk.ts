/** Questions to a disk that may not respond, such as that of a file server that is gone. */

import { stat } from 'node:fs/promises';

const LIMIT_MS = 2_000;

interface Options {
  isFolder?(path: string): Promise<boolean>;
  limitMs?: number;
}

/** Looks that have no answer yet. Each keeps one of the few threads for files, so there is one for each folder. */
const looks = new Map<string, Promise<boolean>>();

/** Returns the first of these folders that exists, and whose disk responds. */
export async function firstFolder(
  paths: readonly string[],
  { isFolder = isDirectory, limitMs = LIMIT_MS }: Options = {},
): Promise<string | undefined> {
  for (const path of paths) {
    const look = looks.get(path) ?? isFolder(path).finally(() => looks.delete(path));
    looks.set(path, look);
    if (await fromDisk(look, limitMs)) return path;
  }
  return undefined;
}

/** Returns what a disk answers; undefined if it fails or takes too long. */
export async function fromDisk<Answer>(look: Promise<Answer>, limitMs = LIMIT_MS): Promise<Answer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([look, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory();
}
