import { words } from '../../words/en';
import { expectUnchanged } from '../file-hash';
import type { InstallTarget, Squirrel, TargetOptions } from './target';

const LIMIT_MS = 5 * 60_000;

/** Squirrel replaces the app once this process has ended. */
export function macTarget(options: Pick<TargetOptions, 'squirrel' | 'quitAndInstall'>): InstallTarget {
  const { squirrel, quitAndInstall } = options;
  return {
    relaunchFile: undefined,
    asksForPassword: () => false,
    installation: ({ file, sha512 }) => ({
      prepare: () => expectUnchanged(file, sha512),
      apply: () => stage(squirrel()),
      quit: quitAndInstall,
    }),
  };
}

/**
 * Hands the download of electron-updater to Squirrel, which checks its code signature and replaces the app when this
 * process ends. Rejects when Squirrel refuses it, so that the old version can continue.
 */
export function stage(squirrel: Squirrel, limitMs = LIMIT_MS): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error) => {
      clearTimeout(limit);
      squirrel.off('update-downloaded', taken);
      squirrel.off('error', refused);
      if (error === undefined) resolve();
      else reject(error);
    };
    const taken = () => end();
    const refused = (error: Error) => end(error);
    const limit = setTimeout(() => end(new Error(words.updateProblem.notTakenOver)), limitMs);
    squirrel.once('update-downloaded', taken);
    squirrel.once('error', refused);
    squirrel.checkForUpdates();
  });
}
