import { constants } from 'node:fs';
import { access, chmod, copyFile, link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { assertUnchanged } from '../file-hash';
import type { InstallTarget, TargetOptions } from './target';

/** An AppImage file, and the files beside it that are needed to replace it. */
export interface AppImage {
  file: string;
  /** The file that keeps the previous version until the next update. */
  previous: string;
  /**
   * Copies the new version beside the old version, flushes it to the disk and verifies it with `verify`. All that can
   * fail fails here, while the old version still runs.
   */
  prepare(from: string, verify: (file: string) => Promise<void>): Promise<void>;
  /** Replaces the file with one rename: at any moment it is the whole old version or the whole new version. */
  apply(): Promise<void>;
  /**
   * Replaces the file by the previous version, also with one rename. `previous` is the path at the time of the update,
   * because the AppImage may have been moved since.
   */
  restorePrevious(previous: string): Promise<void>;
  /** Removes the files that an interrupted update has left. */
  removeLeftovers(): Promise<void>;
}

/** Creates the target of an AppImage, which replaces its own file. */
export function appImageTarget({ appImageFile = '' }: Pick<TargetOptions, 'appImageFile'>): InstallTarget {
  const image = appImageAt(appImageFile);
  return {
    relaunchFile: image.file,
    needsPassword: () => false,
    createInstallation: ({ file, sha512 }) => ({
      previous: image.previous,
      async prepare() {
        await assertUnchanged(file, sha512);
        await image.prepare(file, fresh => assertUnchanged(fresh, sha512));
      },
      apply: image.apply,
    }),
    rollback: {
      async assertPossible(previous) {
        await access(previous);
        await access(dirname(image.file), constants.W_OK);
      },
      restorePrevious: image.restorePrevious,
    },
    removeLeftovers: image.removeLeftovers,
  };
}

/** Describes the AppImage at this path. Reads nothing yet. */
export function appImageAt(file: string): AppImage {
  const beside = (ending: string) => join(dirname(file), `.${basename(file)}.${ending}`);
  const fresh = beside('new');
  const previous = beside('previous');

  /** Copies a version beside the file, with the file's mode, and flushes it to the disk. */
  const copyBeside = async (from: string) => {
    await copyFile(from, fresh, constants.COPYFILE_FICLONE);
    await chmod(fresh, (await stat(file)).mode | 0o111);
    await flush(fresh);
  };

  return {
    file,
    previous,

    async prepare(from, verify) {
      await rm(fresh, { force: true });
      await access(dirname(file), constants.W_OK);
      try {
        await copyBeside(from);
        await verify(fresh);
      } catch (error) {
        await rm(fresh, { force: true });
        throw error;
      }
    },

    async apply() {
      const kept = beside('keep');
      await rm(kept, { force: true });
      // Some file systems have no links (that of a memory stick, for example); a copy takes longer and has the same effect.
      await link(file, kept).catch(() => copyFile(file, kept));
      await rename(kept, previous);
      await rename(fresh, file);
      await flush(dirname(file)).catch(() => {}); // some file systems cannot flush folders; the rename is complete anyway
    },

    async restorePrevious(kept) {
      await rename(kept, file).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EXDEV') throw error;
        await copyBeside(kept);
        await rename(fresh, file);
      });
      await flush(dirname(file)).catch(() => {});
    },

    async removeLeftovers() {
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
