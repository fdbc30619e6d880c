import { join, resolve } from 'node:path';
import { app } from 'electron';
import { lazyRequire } from '../system/lazy-require';
import { whyUnwritable } from '../system/writable-folder';
import { startup } from '../words/startup';
import type { Config } from './core/config';

const temporaryProfile = lazyRequire<typeof import('./temporary-profile')>(() => require('./temporary-profile'));

/** Where one run keeps everything. */
export interface Folders {
  /** The server's home folder. */
  home: string;
  logs: string;
  /** The shell's own state. */
  profile: string;
}

/**
 * Decides where this run keeps everything, and tells Electron. Call it before requesting the instance lock, which belongs
 * to the profile. Throws an Error with a message for the user when a folder cannot be made.
 */
export function chooseFolders({ data, server }: Pick<Config, 'data' | 'server'>): Folders {
  if (data === 'own') {
    // A development server is not the user's own: their login, bots and lock stay apart.
    const apart = server.kind === 'attached' || server.identity === 'child';
    if (apart) app.setPath('userData', `${electronFolder('userData')} Development`);
    const profile = electronFolder('userData');
    return { home: app.getPath('home'), logs: electronFolder('logs'), profile };
  }
  const home = data === 'temporary' ? temporaryProfile().createTemporaryHome() : resolve(data.home);
  const profile = join(home, 'profile');
  const logs = join(profile, 'logs');
  app.setPath('userData', profile);
  app.setPath('logs', logs);
  return { home, logs, profile };
}

/** Electron creates each of its folders when it is asked for the path. */
function electronFolder(name: 'userData' | 'logs'): string {
  try {
    return app.getPath(name);
  } catch (error) {
    const profile = join(app.getPath('appData'), app.getName());
    throw new Error(startup.profileNotWritable(profile, whyUnwritable(profile) ?? (error as Error).message));
  }
}
