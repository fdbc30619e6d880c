import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A small JSON file of the shell's own. */
export interface KeptFile {
  /**
   * What it holds; undefined when there is none. A damaged one is set aside and said. One that cannot be read is said and
   * left alone, and set aside when something else has to take its place.
   */
  read(): unknown;
  /** Replaces it whole or not at all. Throws what the system says. */
  write(content: unknown): void;
  /** Moves it out of the way, says why, and returns its new name. */
  setAside(why: string): string;
  /** There is none from now on. Throws what the system says. */
  remove(): void;
}

interface Options {
  /** Not worth waiting for the disk: what it says means nothing once the machine has been off. */
  ofThisBoot?: boolean;
}

export function keptFile(file: string, log: (line: string) => void, { ofThisBoot = false }: Options = {}): KeptFile {
  let unread = false;

  const setAside = (why: string) => {
    const aside = `${file}.bad-${new Date().toISOString().replace(/[:.]/g, '-')}`;
    renameSync(file, aside);
    log(`${file}: ${why} It was set aside as ${aside}, and the defaults are used.`);
    return aside;
  };

  /** Nobody knows what is in it, so nothing may take its place unseen. */
  const setAsideUnread = () => {
    if (unread && isThere(file)) setAside('It could not be read.');
    unread = false;
  };

  return {
    setAside,

    read() {
      let text: string;
      try {
        text = readFileSync(file, 'utf8');
      } catch (error) {
        unread = (error as NodeJS.ErrnoException).code !== 'ENOENT';
        if (unread) log(`${file} cannot be read: ${(error as Error).message}`);
        return undefined;
      }
      unread = false;
      try {
        return JSON.parse(text);
      } catch (error) {
        try {
          setAside(`It is damaged (${(error as Error).message}).`);
        } catch (refusal) {
          log(`${file} is damaged and cannot be set aside: ${(refusal as Error).message}`);
        }
        return undefined;
      }
    },

    write(content) {
      mkdirSync(dirname(file), { recursive: true });
      setAsideUnread();
      replaceFile(file, `${JSON.stringify(content, null, 2)}\n`, { flush: !ofThisBoot });
    },

    remove() {
      setAsideUnread();
      rmSync(file, { force: true });
    },
  };
}

/** Replaces the file whole or not at all. */
function replaceFile(file: string, text: string, { flush }: { flush: boolean }): void {
  const fresh = `${file}.new`;
  try {
    writeFileSync(fresh, text, { mode: 0o600, flush });
    renameSync(fresh, file);
  } catch (error) {
    // A full disk leaves half of it, or an empty file.
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** The name itself, also when it leads nowhere. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
