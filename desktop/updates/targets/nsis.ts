import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, copyFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { whyUnwritable } from '../../system/writable-folder';
import { expectUnchanged } from '../file-hash';
import type { InstallTarget, TargetOptions } from './target';

/** The installer of the current version: each installer copies itself into the updater's folder. */
const CURRENT = 'installer.exe';

const KEPT = /^previous-.+\.exe(\.new)?$/;

type Options = Pick<TargetOptions, 'version' | 'programFile' | 'relaunchesAfter'>;

/** The NSIS installer replaces the app once this process has ended. */
export function nsisTarget({ version, programFile, relaunchesAfter }: Options): InstallTarget {
  return {
    relaunchFile: undefined,
    // Installed for all users: an installer that cannot write there asks for an administrator.
    asksForPassword: () => whyUnwritable(dirname(programFile)) !== undefined,
    installation({ file, sha512 }) {
      const kept = keepInstaller(dirname(dirname(file)), version);
      return {
        previous: kept?.file,
        async prepare() {
          await expectUnchanged(file, sha512);
          await kept?.keep();
        },
        async apply() {
          await expectUnchanged(file, sha512); // again: the copy of the data may have taken minutes
          // Not by electron-updater, which would quit even if the installer could not be started.
          await runInstaller(file, relaunchesAfter());
        },
      };
    },
    rollback: {
      expectPossible: previous => access(previous),
      restorePrevious: previous => runInstaller(previous, true),
    },
  };
}

/**
 * Keeps the installer of this version, which the next installer would overwrite; undefined when there is none. Of the
 * installers kept earlier only the newest stays: it is needed for a rollback if this version has never been ready and
 * the next one is not installed after all.
 */
export function keepInstaller(folder: string, version: string): { file: string; keep(): Promise<void> } | undefined {
  if (!existsSync(join(folder, CURRENT))) return undefined;
  const file = join(folder, `previous-${version}.exe`);
  return {
    file,
    async keep() {
      await copyFile(join(folder, CURRENT), `${file}.new`);
      await rename(`${file}.new`, file);
      // One file too many does no harm.
      for (const old of await earlierThanLast(folder, file)) await rm(old, { force: true }).catch(() => {});
    },
  };
}

/** The kept installers and interrupted copies, except `newest` and the last one before it. */
async function earlierThanLast(folder: string, newest: string): Promise<string[]> {
  const others = (await readdir(folder)).map(name => join(folder, name)).filter(file => file !== newest);
  const kept = others.filter(file => KEPT.test(basename(file)));
  const dated = await Promise.all(kept.map(async file => ({ file, at: (await stat(file)).mtimeMs })));
  return dated
    .sort((one, other) => other.at - one.at)
    .slice(1)
    .map(({ file }) => file);
}

/** Starts an installer, which waits for this process to end. `relaunch`: it starts the app afterwards. */
function runInstaller(file: string, relaunch: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const words = ['--updated', '/S', ...(relaunch ? ['--force-run'] : [])];
    const child = spawn(file, words, { detached: true, stdio: 'ignore' });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
