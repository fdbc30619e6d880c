import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { app } from 'electron';
import { startup } from '../words/startup';

/**
 * If HOME is not set, sets it to the home folder in the system's list of users. Without HOME Chromium would store the
 * user's data in the folder for temporary files. Throws an Error with a message for the user when the list has no home
 * folder either.
 */
export function setMissingHome(env: NodeJS.ProcessEnv): void {
  if (env['HOME']) return;
  const home = homeFromSystem();
  env['HOME'] = home;
  const config = env['XDG_CONFIG_HOME'] ?? '';
  const appData = isAbsolute(config) ? config : join(home, '.config');
  app.setPath('home', home);
  app.setPath('appData', appData);
  // Electron has already derived `userData` from the wrong home folder.
  app.setPath('userData', join(appData, app.getName()));
}

function homeFromSystem(): string {
  try {
    const { homedir } = userInfo();
    if (isAbsolute(homedir)) return homedir;
  } catch {
    // The user has no entry, as in a container that runs under a user ID without a name.
  }
  throw new Error(startup.noHome);
}
