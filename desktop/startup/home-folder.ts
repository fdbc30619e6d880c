import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { app } from 'electron';
import { startup } from '../words/startup';

/**
 * Sets the user's home from the system's list of users where HOME does not name it: Chromium would keep the user's data
 * in the folder for temporary files. Throws an Error that says what to do when the list has no home either.
 */
export function setMissingHome(env: NodeJS.ProcessEnv): void {
  if (env['HOME']) return;
  const home = homeFromSystem();
  env['HOME'] = home;
  const config = env['XDG_CONFIG_HOME'] ?? '';
  const appData = isAbsolute(config) ? config : join(home, '.config');
  app.setPath('home', home);
  app.setPath('appData', appData);
  // Electron has derived it from the wrong home already.
  app.setPath('userData', join(appData, app.getName()));
}

function homeFromSystem(): string {
  try {
    const { homedir } = userInfo();
    if (isAbsolute(homedir)) return homedir;
  } catch {
    // The user has no entry, as in a container that runs under a bare number.
  }
  throw new Error(startup.noHome);
}
