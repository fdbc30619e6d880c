import { app } from 'electron';
import type { Platform } from '../system/core/platform';
import { setMissingHome } from './home-folder';
import { temporaryFolder } from './instance-lock';

/**
 * Corrects what Chromium would take from the environment `env` and then fail on, or wait for. Throws an Error with a
 * message for the user when there is no home, or no usable folder for temporary files.
 */
export function prepareForChromium(platform: Platform, env: NodeJS.ProcessEnv): void {
  if (platform.passwordStore !== undefined) app.commandLine.appendSwitch('password-store', platform.passwordStore);
  if (platform.homeFromVariable) setMissingHome(env);
  if (platform.temporaryFolders.length === 0) return;
  const folder = temporaryFolder([env['TMPDIR'], ...platform.temporaryFolders, env['XDG_RUNTIME_DIR']]);
  if (folder !== platform.temporaryFolders[0] || env['TMPDIR']) env['TMPDIR'] = folder;
}
