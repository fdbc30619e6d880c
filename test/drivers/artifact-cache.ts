/** Caches files that take minutes to build, such as installers: built again only when an input has changed. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Folder of the artifacts and of their records, `NAME.json`. Relative to the clone. */
export const ARTIFACTS = join('.setup', 'test-artifacts');

export interface ArtifactKey {
  name: string;
  /** Absolute paths of files and folders whose content is hashed. */
  inputs: readonly string[];
  /** Other values that the artifact depends on; JSON. */
  options: unknown;
}

interface FileState {
  file: string;
  bytes: number;
  mtimeMs: number;
}

/**
 * @param build returns the absolute paths of the files it has built
 * @returns these paths in the same order, from this call or from an earlier run
 */
export async function cachedArtifacts(
  root: string,
  { name, inputs, options }: ArtifactKey,
  build: () => Promise<readonly string[]>,
): Promise<string[]> {
  const record = join(root, ARTIFACTS, `${name}.json`);
  const key = keyOf(root, inputs, options);
  const known = readRecord(record);
  if (known?.key === key && known.files.every(isUnchanged)) return known.files.map(({ file }) => file);
  rmSync(record, { force: true }); // a build that fails leaves no record
  const files = (await build()).map(stateOf);
  mkdirSync(join(root, ARTIFACTS), { recursive: true });
  writeFileSync(record, JSON.stringify({ key, files }));
  return files.map(({ file }) => file);
}

/** Hashes contents only: a checkout or a rebuild changes the time of an unchanged file. */
function keyOf(root: string, inputs: readonly string[], options: unknown): string {
  const hash = createHash('sha256');
  // Node's path is written into the scripted server.
  hash.update(JSON.stringify([root, process.execPath, options]));
  for (const file of inputs.flatMap(filesIn).sort()) {
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
    return undefined; // nothing has been built yet
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
