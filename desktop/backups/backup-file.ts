import { statSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readWholeFile } from '../system/own-file';
import { copyPageStorage } from './page-storage';
import { type Outcome, runServerCommand, type ServerCommand } from './server-command';

export interface BackupParts {
  server: ServerCommand;
  /** The shell's own folder, which holds its settings and the page's storage. */
  profile: string;
}

/** Copy of the profile, while the server reads it. In the profile, because it contains the same secrets. */
const COPY = 'backup-copy';

/**
 * Saves everything that the user would miss in the new file `file`, encrypted if there is a password. The page may be in
 * use: call `session.flushStorageData()` before.
 */
export function backUp(parts: BackupParts, file: string, password?: string): Promise<Outcome> {
  return withProfileCopy(parts.profile, copy =>
    runServerCommand(parts.server, ['--back-up-all', file, '--profile-copy', copy], password),
  );
}

/** Restores a backup, while neither a server nor a page is running. */
export function restore({ server, profile }: BackupParts, file: string, password?: string): Promise<Outcome> {
  return runServerCommand(server, ['--restore', file, '--profile', profile], password);
}

/**
 * Checks a backup, and prepares its restore while the page is running and no server is. The next start of the app restores
 * it.
 */
export function prepareRestore({ server, profile }: BackupParts, file: string, password?: string): Promise<Outcome> {
  return withProfileCopy(profile, copy =>
    runServerCommand(server, ['--prepare-restore', file, '--profile', profile, '--profile-copy', copy], password),
  );
}

async function withProfileCopy(profile: string, use: (copy: string) => Promise<Outcome>): Promise<Outcome> {
  const copy = join(profile, COPY);
  try {
    await rm(copy, { recursive: true, force: true }); // a killed app has left one
    await mkdir(copy, { recursive: true, mode: 0o700 });
    await copyPageStorage(profile, copy);
    copySettings(join(profile, 'settings.json'), join(copy, 'settings.json'));
    return await use(copy);
  } catch (error) {
    return { code: -1, message: (error as Error).message };
  } finally {
    await rm(copy, { recursive: true, force: true }).catch(() => {}); // the next backup removes it
  }
}

/** Copies the settings, also through a link. A pipe or a folder in their place contains none. */
function copySettings(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false })?.isFile()) writeFileSync(to, readWholeFile(from), { mode: 0o600 });
}
