import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, copyFile, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { rename } from '../../system/rename';
import { whyUnwritable } from '../../system/writable-folder';
import { assertUnchanged } from '../file-hash';
import type { InstallTarget, TargetOptions } from './target';

/** The installer of the current version. Each installer copies itself into the updater's folder under this name. */
const CURRENT_INSTALLER = 'installer.exe';

const KEPT_INSTALLER = /^previous-.+\.exe(\.new)?$/;

type Options = Pick<TargetOptions, 'version' | 'executableFile' | 'shouldRelaunch'>;

/** Creates the target for Windows: the NSIS installer replaces the app when this process has exited. */
export function nsisTarget({ version, executableFile, shouldRelaunch }: Options): InstallTarget {
  return {
    relaunchFile: undefined,
    // An app that is installed for all users is in a folder that only an administrator can write to.
    needsPassword: () => whyUnwritable(dirname(executableFile)) !== undefined,
    createInstallation({ file, sha512 }) {
      const kept = installerToKeep(dirname(dirname(file)), version);
      return {
        previous: kept?.file,
        async prepare() {
          await assertUnchanged(file, sha512);
          await kept?.keep();
        },
        async apply() {
          await assertUnchanged(file, sha512); // again, because the backup of the data may have taken minutes
          // Without electron-updater, which would quit even if the installer could not be started.
          await runInstaller(file, shouldRelaunch());
        },
      };
    },
    rollback: {
      assertPossible: previous => access(previous),
      restorePrevious: previous => runInstaller(previous, true),
    },
  };
}

/**
 * Returns the file in which `keep` keeps the installer of this version, which the next installer would overwrite;
 * undefined when there is none. `keep` deletes all earlier installers except the newest: a rollback needs that one if
 * this version has never been ready and the next version is not installed.
 */
export function installerToKeep(folder: string, version: string): { file: string; keep(): Promise<void> } | undefined {
  if (!existsSync(join(folder, CURRENT_INSTALLER))) return undefined;
  const file = join(folder, `previous-${version}.exe`);
  return {
    file,
    async keep() {
      await copyFile(join(folder, CURRENT_INSTALLER), `${file}.new`);
      await rename(`${file}.new`, file);
      // An obsolete file that stays does no harm.
      for (const old of await obsoleteInstallers(folder, file)) await rm(old, { force: true }).catch(() => {});
    },
  };
}

/** Returns the kept installers and interrupted copies, except `newest` and the newest of the others. */
async function obsoleteInstallers(folder: string, newest: string): Promise<string[]> {
  const others = (await readdir(folder)).map(name => join(folder, name)).filter(file => file !== newest);
  const kept = others.filter(file => KEPT_INSTALLER.test(basename(file)));
  const dated = await Promise.all(kept.map(async file => ({ file, at: (await stat(file)).mtimeMs })));
  return dated
    .sort((a, b) => b.at - a.at)
    .slice(1)
    .map(({ file }) => file);
}

/** Starts an installer, which waits until this process has exited. `relaunch`: it starts the app afterwards. */
function runInstaller(file: string, relaunch: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['--updated', '/S', ...(relaunch ? ['--force-run'] : [])];
    const child = spawn(file, args, { detached: true, stdio: 'ignore' });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
