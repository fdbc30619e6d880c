// @ts-check
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Returns the runtime that replaces the pinned Electron in a rehearsal, or undefined if the set-up could download the
 * pinned Electron: then electron-builder downloads it itself.
 * @param {string} root
 * @param {string} electron binary of the set-up
 * @returns {{ folder: string, version: string } | undefined}
 */
export function offlineRuntime(root, electron) {
  if (isPinned(root, electron)) return undefined;
  const runtime = dirname(electron);
  const version = readFileSync(join(runtime, 'version'), 'utf8').trim();
  return { folder: withoutDefaultApp(runtime, join(root, '.setup', 'dist', `electron-${version}`)), version };
}

/**
 * Whether the set-up could download the Electron that package.json pins.
 * @param {string} root
 * @param {string} electron binary of the set-up
 */
export function isPinned(root, electron) {
  return electron.startsWith(join(root, 'node_modules'));
}

/**
 * Copies a runtime without `resources/app`, which Electron would run instead of the packed app.
 * @param {string} runtime
 * @param {string} copy
 */
function withoutDefaultApp(runtime, copy) {
  if (existsSync(copy)) return copy;
  mkdirSync(dirname(copy), { recursive: true });
  const unfinished = `${copy}.${process.pid}`;
  const app = join(runtime, 'resources', 'app');
  cpSync(runtime, unfinished, { recursive: true, verbatimSymlinks: true, filter: source => source !== app });
  try {
    renameSync(unfinished, copy);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return copy;
}
