import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Phases in which the server moves files (`journal.py`). */
const MOVING: readonly unknown[] = ['swapping', 'undoing'];

/**
 * Returns whether a restore of a backup is half done, so that a missing file or folder may still be put in its place.
 * A journal that cannot be read is left to the server.
 */
export function isMovingFiles(data: string): boolean {
  const journal = join(data, 'restore.json');
  try {
    if (!statSync(journal, { throwIfNoEntry: false })?.isFile()) return false; // reading a pipe would wait
    const content: { phase?: unknown } | null = JSON.parse(readFileSync(journal, 'utf8'));
    return MOVING.includes(content?.phase);
  } catch {
    return false;
  }
}
