import { lstatSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { quarantineFile, readWholeFile, whyNotFile } from '../system/own-file';
import { renameSync } from '../system/rename';

/** A small JSON file in the shell's own folder. */
export interface JsonFile {
  /**
   * Returns the content; undefined if there is none. Logs and quarantines a file that is damaged. Only logs a file that
   * cannot be read; the next `write` or `remove` quarantines it.
   */
  read(): unknown;
  /** Returns the content; undefined if there is none, or another program is writing it. Logs and renames nothing. */
  peek(): unknown;
  /**
   * Replaces the file atomically. Quarantines a link, a pipe or a folder in its place, and any other file if `quarantineWhy`
   * says why, once the new content is on the disk: a full disk changes nothing. Throws the system's error.
   */
  write(content: unknown, quarantineWhy?: string): void;
  /** Removes the file, if it exists. Throws the system's error. */
  remove(): void;
}

interface Options {
  /** Whether `write` waits until the content is on the disk and survives a power cut. */
  flush?: boolean;
  /** Whether `write` replaces a file with this content if the user has put a link to it in the place of the file. */
  mayReplaceLinked?: (content: unknown) => boolean;
}

export function openJsonFile(file: string, log: (line: string) => void, options: Options = {}): JsonFile {
  const { flush = true, mayReplaceLinked = () => false } = options;
  /** The last `read` failed, so the content is unknown and must not be lost. */
  let unreadable = false;

  const quarantine = (why: string) => {
    log(`${file}: ${why} It was renamed to ${quarantineFile(file)}, and the defaults are used.`);
  };

  const quarantineIfNeeded = (whyElse?: string) => {
    const why = whyNotFile(file) ?? (unreadable ? 'It could not be read.' : whyElse);
    if (why !== undefined && exists(file)) quarantine(why);
    unreadable = false;
  };

  return {
    read() {
      let text: string;
      try {
        text = readWholeFile(file);
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

    peek: () => contentOf(file),

    write(content, quarantineWhy) {
      mkdirSync(dirname(file), { recursive: true });
      const text = `${JSON.stringify(content, null, 2)}\n`;
      const linked = linkedFile(file, mayReplaceLinked);
      if (linked !== undefined) return replaceFile(linked, `${linked}.${process.pid}.new`, text, { flush });
      const newFile = `${file}.new`;
      clear(newFile, log);
      replaceFile(file, newFile, text, { flush, beforeRename: () => quarantineIfNeeded(quarantineWhy) });
    },

    remove() {
      quarantineIfNeeded();
      rmSync(file, { force: true });
    },
  };
}

/** Returns the file that a link leads to, if `mayReplace` accepts its content. */
function linkedFile(file: string, mayReplace: (content: unknown) => boolean): string | undefined {
  if (!lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  try {
    return mayReplace(JSON.parse(readWholeFile(file))) ? realpathSync(file) : undefined;
  } catch {
    return undefined; // it leads nowhere, or not to JSON
  }
}

/** Returns the content; undefined if there is none, or it is not JSON. */
function contentOf(file: string): unknown {
  try {
    return JSON.parse(readWholeFile(file));
  } catch {
    return undefined;
  }
}

/** Removes what a killed app has left, or another program has put there. */
function clear(newFile: string, log: (line: string) => void): void {
  if (lstatSync(newFile, { throwIfNoEntry: false })?.isDirectory())
    log(`${newFile} is a folder. It was renamed to ${quarantineFile(newFile)}.`);
  else rmSync(newFile, { force: true });
}

/** Replaces the file atomically, by a new file that must not exist yet. */
function replaceFile(
  file: string,
  newFile: string,
  text: string,
  { flush, beforeRename = () => {} }: { flush: boolean; beforeRename?: () => void },
): void {
  try {
    // `wx` does not follow a link, and does not open a pipe.
    writeFileSync(newFile, text, { mode: 0o600, flush, flag: 'wx' });
    beforeRename();
    renameSync(newFile, file);
  } catch (error) {
    // A full disk leaves an empty or truncated file. A file that has just got this name belongs to another program.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(newFile, { force: true });
    throw error;
  }
}

/** Whether the name exists, also as a symbolic link without a target. */
function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
