import { constants } from 'node:fs';
import { access, chmod, copyFile, link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** The one file that an AppImage is, and those that lie beside it on the way from one version to another. */
export interface AppImage {
  file: string;
  /** The version before, kept until the next update. */
  previous: string;
  /**
   * Lays the new version beside the old one, whole, on the disk and verified by `expectWhole`. All that can go wrong goes
   * wrong here, while the old one still runs.
   */
  prepare(from: string, expectWhole: (file: string) => Promise<void>): Promise<void>;
  /** One rename: whoever dies before it has the old version, after it the new one. */
  swap(): Promise<void>;
  /**
   * The version before in the place of this one, by one rename as well. `kept` is where it was left: this file may have
   * been moved since.
   */
  swapBack(kept: string): Promise<void>;
  /** Removes what a killed update has left. */
  sweep(): Promise<void>;
}

export function appImageAt(file: string): AppImage {
  const beside = (ending: string) => join(dirname(file), `.${basename(file)}.${ending}`);
  const fresh = beside('new');
  const previous = beside('previous');

  /** A copy beside the file, as executable as that, and on the disk. */
  const lay = async (from: string) => {
    await copyFile(from, fresh, constants.COPYFILE_FICLONE);
    await chmod(fresh, (await stat(file)).mode | 0o111);
    await flush(fresh);
  };

  return {
    file,
    previous,

    async prepare(from, expectWhole) {
      await rm(fresh, { force: true });
      await access(dirname(file), constants.W_OK);
      try {
        await lay(from);
        await expectWhole(fresh);
      } catch (error) {
        await rm(fresh, { force: true });
        throw error;
      }
    },

    async swap() {
      const kept = beside('keep');
      await rm(kept, { force: true });
      // Not every disk knows links (a memory stick); a copy takes longer and does the same.
      await link(file, kept).catch(() => copyFile(file, kept));
      await rename(kept, previous);
      await rename(fresh, file);
      await flush(dirname(file)).catch(() => {}); // some disks flush no folders; the rename holds all the same
    },

    async swapBack(kept) {
      await rename(kept, file).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EXDEV') throw error;
        await lay(kept);
        await rename(fresh, file);
      });
      await flush(dirname(file)).catch(() => {});
    },

    async sweep() {
      await Promise.all([fresh, beside('keep')].map(left => rm(left, { force: true })));
    },
  };
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
