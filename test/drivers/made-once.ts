/** Files that take minutes to make, such as installers: made again only when something they are made of has changed. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Holds what was made, and a record of each in `NAME.json`. Relative to the clone. */
export const ARTIFACTS = join('.setup', 'test-artifacts');

export interface Recipe {
  name: string;
  /** Files, and folders with all that is in them; absolute. */
  madeOf: readonly string[];
  /** What else makes a difference. */
  options: unknown;
}

interface FileState {
  file: string;
  bytes: number;
  mtimeMs: number;
}

/**
 * @param make returns the files it has made, absolute; the order is kept
 * @returns these files, from this call or from an earlier run
 */
export async function madeOnce(
  root: string,
  { name, madeOf, options }: Recipe,
  make: () => Promise<readonly string[]>,
): Promise<string[]> {
  const record = join(root, ARTIFACTS, `${name}.json`);
  const key = keyOf(root, madeOf, options);
  const known = readRecord(record);
  if (known?.key === key && known.files.every(isUnchanged)) return known.files.map(({ file }) => file);
  rmSync(record, { force: true }); // what is begun and not finished counts as nothing
  const files = (await make()).map(stateOf);
  mkdirSync(join(root, ARTIFACTS), { recursive: true });
  writeFileSync(record, JSON.stringify({ key, files }));
  return files.map(({ file }) => file);
}

/** Depends on contents alone: a checkout or a rebuild may give the same file another time. */
function keyOf(root: string, madeOf: readonly string[], options: unknown): string {
  const hash = createHash('sha256');
  // Node's own path is in the scripted server.
  hash.update(JSON.stringify([root, process.execPath, options]));
  for (const file of madeOf.flatMap(filesIn).sort()) {
    hash.update(`\0${relative(root, file)}\0`);
    hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
}

function readRecord(file: string): { key: string; files: FileState[] } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // nothing was made yet
  }
}

function stateOf(file: string): FileState {
  const { size, mtimeMs } = statSync(file);
  return { file, bytes: size, mtimeMs };
}

function isUnchanged({ file, bytes, mtimeMs }: FileState): boolean {
  const now = statSync(file, { throwIfNoEntry: false });
  return now !== undefined && now.size === bytes && now.mtimeMs === mtimeMs;
}
