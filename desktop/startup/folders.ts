import { basename, join, normalize, resolve } from 'node:path';
import { app } from 'electron';
import type { Platform } from '../system/core/platform';
import { lazyRequire } from '../system/lazy-require';
import { startup } from '../words/startup';
import { cacheFolder } from './core/cache-folder';
import type { Config } from './core/config';

const temporaryProfile = lazyRequire<typeof import('./temporary-profile')>(() => require('./temporary-profile'));
const writableFolder = lazyRequire<typeof import('../system/writable-folder')>(() =>
  require('../system/writable-folder'),
);

/** End of the name of a development server's profile. */
const DEVELOPMENT = ' Development';

/** The folders of one run. */
export interface Folders {
  /** The server's home folder. */
  home: string;
  logs: string;
  /** The shell's own state. */
  profile: string;
  /** The page's code, compiled. If undefined, Chromium keeps it in the profile. */
  codeCache?: string | undefined;
}

/**
 * Chooses the folders of this run, and sets them in Electron. Call it before requesting the instance lock, which is in
 * the profile. Throws an Error with a message for the user when a folder cannot be created.
 */
export function chooseFolders(
  { data, server, platform }: Pick<Config, 'data' | 'server' | 'platform'>,
  env: NodeJS.ProcessEnv,
): Folders {
  if (data === 'own') {
    // A development server has another profile, so that login, bots and lock are not the user's.
    const development = server.kind === 'attached' || server.identity === 'child';
    if (development) app.setPath('userData', `${electronFolder('userData')}${DEVELOPMENT}`);
    const home = app.getPath('home');
    // JavaScript replaces such bytes: the data would be in a folder of another name.
    if (home.includes('\uFFFD')) throw new Error(startup.homeNotUtf8(home));
    const profile = electronFolder('userData');
    return { home, logs: electronFolder('logs'), profile, codeCache: codeCacheFolder(profile, home, platform, env) };
  }
  const home = data === 'temporary' ? temporaryProfile().createTemporaryHome() : resolve(data.home);
  const profile = join(home, 'profile');
  const logs = join(profile, 'logs');
  app.setPath('userData', profile);
  app.setPath('logs', logs);
  return { home, logs, profile };
}

/**
 * Returns the folder of the compiled code in the user's folder for caches. Undefined for any profile but the app's two
 * default ones. The instance lock keeps those from running twice; other profiles of the same name would share the folder.
 */
function codeCacheFolder(
  profile: string,
  home: string,
  platform: Platform,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const { settingsInHome } = platform;
  const settings = settingsInHome === undefined ? app.getPath('appData') : join(home, settingsInHome);
  const usual = join(settings, app.getName());
  if (![usual, `${usual}${DEVELOPMENT}`].includes(normalize(profile))) return undefined;
  return join(cacheFolder(platform, env, home), basename(profile), 'Code Cache');
}

/** Returns the path of a folder, which Electron creates when it does not exist. */
function electronFolder(name: 'userData' | 'logs'): string {
  try {
    return app.getPath(name);
  } catch (error) {
    const profile = join(app.getPath('appData'), app.getName());
    const reason = writableFolder().whyUnwritable(profile) ?? (error as Error).message;
    throw new Error(startup.profileNotWritable(profile, reason));
  }
}
