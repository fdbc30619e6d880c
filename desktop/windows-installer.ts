import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** The installer of the version that is installed now, as each installer leaves itself in the updater's own folder. */
const CURRENT = 'installer.exe';

/** Keeps the installer of this version, which the next one would replace; undefined when it is not there. */
export function keepInstaller(folder: string, version: string): { file: string; keep(): Promise<void> } | undefined {
  if (!existsSync(join(folder, CURRENT))) return undefined;
  const file = join(folder, `previous-${version}.exe`);
  return {
    file,
    async keep() {
      await copyFile(join(folder, CURRENT), `${file}.new`);
      await rename(`${file}.new`, file);
    },
  };
}

/** Begins an installer, which waits for this process to end, and begins the app again when it is done. */
export function runInstaller(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, ['--updated', '/S', '--force-run'], { detached: true, stdio: 'ignore' });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
