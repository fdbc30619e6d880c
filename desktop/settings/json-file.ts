import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A small JSON file in the shell's own folder. */
export interface JsonFile {
  /**
   * Returns the content; undefined if there is none. Logs and quarantines a file that is damaged. Only logs a file that
   * cannot be read; the next `write` or `remove` quarantines it.
   */
  read(): unknown;
  /** Replaces the file atomically. Throws the system's error. */
  write(content: unknown): void;
  /** Renames the file, logs why, and returns its new name. Throws the system's error. */
  quarantine(why: string): string;
  /** Removes the file, if it exists. Throws the system's error. */
  remove(): void;
}

interface Options {
  /** Whether `write` waits until the content is on the disk and survives a power cut. */
  flush?: boolean;
}

export function openJsonFile(file: string, log: (line: string) => void, { flush = true }: Options = {}): JsonFile {
  /** The last `read` failed, so the content is unknown and must not be lost. */
  let unreadable = false;

  const quarantine = (why: string) => {
    const quarantined = `${file}.bad-${new Date().toISOString().replace(/[:.]/g, '-')}`;
    renameSync(file, quarantined);
    log(`${file}: ${why} It was renamed to ${quarantined}, and the defaults are used.`);
    return quarantined;
  };

  const quarantineIfUnreadable = () => {
    if (unreadable && exists(file)) quarantine('It could not be read.');
    unreadable = false;
  };

  return {
    quarantine,

    read() {
      let text: string;
      try {
        text = readFileSync(file, 'utf8');
      } catch (error) {
        unreadable = (error as NodeJS.ErrnoException).code !== 'ENOENT';
        if (unreadable) log(`${file} cannot be read: ${(error as Error).message}`);
        return undefined;
      }
      unreadable = false;
      try {
        return JSON.parse(text);
      } catch (error) {
        try {
          quarantine(`It is damaged (${(error as Error).message}).`);
        } catch (renameError) {
          log(`${file} is damaged and cannot be renamed: ${(renameError as Error).message}`);
        }
        return undefined;
      }
    },

    write(content) {
      mkdirSync(dirname(file), { recursive: true });
      quarantineIfUnreadable();
      replaceFile(file, `${JSON.stringify(content, null, 2)}\n`, { flush });
    },

    remove() {
      quarantineIfUnreadable();
      rmSync(file, { force: true });
    },
  };
}

/** Replaces the file atomically. */
function replaceFile(file: string, text: string, { flush }: { flush: boolean }): void {
  const newFile = `${file}.new`;
  try {
    writeFileSync(newFile, text, { mode: 0o600, flush });
    renameSync(newFile, file);
  } catch (error) {
    // A full disk leaves an empty or truncated file.
    rmSync(newFile, { force: true });
    throw error;
  }
}

/** Whether the name exists, also as a symbolic link without a target. */
function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
