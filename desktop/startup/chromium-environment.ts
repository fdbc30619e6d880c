import { app } from 'electron';
import type { Platform } from '../system/core/platform';
import { setMissingHome } from './home-folder';
import { canShareMemory } from './shared-memory';
import { chooseTemporaryFolder } from './temporary-folder';

/** Chromium's switch for shared memory in the folder for temporary files. */
export const WITHOUT_SHARED_MEMORY = 'disable-dev-shm-usage';

/**
 * Corrects variables in `env` on which Chromium would fail or wait, and sets its switches. Throws an Error with a
 * message for the user when the home folder, or a usable folder for temporary files, is missing.
 */
export function prepareForChromium(platform: Platform, env: NodeJS.ProcessEnv): void {
  if (platform.passwordStore !== undefined) app.commandLine.appendSwitch('password-store', platform.passwordStore);
  if (platform.sharedMemory !== undefined && !canShareMemory(platform.sharedMemory))
    app.commandLine.appendSwitch(WITHOUT_SHARED_MEMORY);
  if (platform.homeFromVariable) setMissingHome(env);
  if (platform.temporaryFolders.length === 0) return;
  const folder = chooseTemporaryFolder([env['TMPDIR'], ...platform.temporaryFolders, env['XDG_RUNTIME_DIR']]);
  if (folder !== platform.temporaryFolders[0] || env['TMPDIR']) env['TMPDIR'] = folder;
}
