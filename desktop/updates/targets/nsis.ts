import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** The installer of the version that is installed now, as each installer leaves itself in the updater's own folder. */
const CURRENT = 'installer.exe';

const KEPT = /^previous-.+\.exe(\.new)?$/;

/**
 * Keeps the installer of this version, which the next one would replace; undefined when it is not there. Of those kept
 * before only the last stays: when this version has never been ready, and the next is not installed after all, the way
 * back still leads there.
 */
export function keepInstaller(folder: string, version: string): { file: string; keep(): Promise<void> } | undefined {
  if (!existsSync(join(folder, CURRENT))) return undefined;
  const file = join(folder, `previous-${version}.exe`);
  return {
    file,
    async keep() {
      await copyFile(join(folder, CURRENT), `${file}.new`);
      await rename(`${file}.new`, file);
      // One too many does no harm.
      for (const old of await earlierThanLast(folder, file)) await rm(old, { force: true }).catch(() => {});
    },
  };
}

/** The kept installers, and what a killed copy has left, but for `newest` and the last before it. */
async function earlierThanLast(folder: string, newest: string): Promise<string[]> {
  const others = (await readdir(folder)).map(name => join(folder, name)).filter(file => file !== newest);
  const kept = others.filter(file => KEPT.test(basename(file)));
  const dated = await Promise.all(kept.map(async file => ({ file, at: (await stat(file)).mtimeMs })));
  return dated
    .sort((one, other) => other.at - one.at)
    .slice(1)
    .map(({ file }) => file);
}

/** Begins an installer, which waits for this process to end; `again`: and begins the app when it is done. */
export function runInstaller(file: string, again: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const words = ['--updated', '/S', ...(again ? ['--force-run'] : [])];
    const child = spawn(file, words, { detached: true, stdio: 'ignore' });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
