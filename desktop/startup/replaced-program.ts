import { join } from 'node:path';
import { app } from 'electron';
// Electron's own `fs` invents the stats of app.asar, with another inode each time.
import { statSync } from 'original-fs';
import type { Config } from './core/config';
import { type Identities, judgeProgram } from './core/program-files';

interface Options {
  /** Files that every version of the program has and that differ between versions. */
  files: readonly string[];
  /** Whether the app replaces itself, or is about to exit. */
  isBusy(): boolean;
  /** Called once. */
  onReplaced(): void;
  log(line: string): void;
}

export interface ProgramWatch {
  /** Checks the files now, and again a little later if they have changed. */
  check(): void;
  readonly isReplaced: boolean;
}

const INTERVAL_MS = 10 * 60_000;
/** Time in which the files must not change any more: a package manager replaces them one by one. */
const SETTLED_MS = 2_000;

/**
 * Watches whether a package manager replaces the program while it runs. The running processes
 * continue, but a server that loads a module for the first time may read it from another version.
 */
export function watchProgram({ files, isBusy, onReplaced, log }: Options): ProgramWatch {
  const first = identitiesOf(files);
  let last = first;
  let isReplaced = false;
  let timer: NodeJS.Timeout | undefined;

  const check = () => {
    if (isReplaced || isBusy()) return;
    const now = identitiesOf(files);
    const verdict = judgeProgram(first, last, now);
    last = now;
    if (verdict === 'same') return;
    if (verdict === 'changing') {
      clearTimeout(timer);
      timer = setTimeout(check, SETTLED_MS).unref();
      return;
    }
    isReplaced = true;
    clearInterval(interval);
    log(
      `the program was replaced while it was running: ${files.filter((_file, index) => now[index] !== first[index])}`,
    );
    onReplaced();
  };
  const interval = setInterval(check, INTERVAL_MS).unref();
  app.on('browser-window-focus', check);

  return {
    check,
    get isReplaced() {
      return isReplaced;
    },
  };
}

/**
 * Returns the files to watch. None in an AppImage, whose files cannot be replaced while it runs, and in a clone none but
 * those of a frozen server.
 */
export function programFiles(server: Config['server'], appImage: string | undefined): string[] {
  if (appImage !== undefined) return [];
  const bundle = server.kind === 'command' ? server.bundle : undefined;
  return [
    ...(app.isPackaged ? [process.execPath, app.getAppPath()] : []),
    ...(bundle === undefined ? [] : [join(bundle.folder, bundle.server), join(bundle.folder, 'manifest.json')]),
  ];
}

function identitiesOf(files: readonly string[]): Identities {
  return files.map(file => {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats && `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
  });
}
