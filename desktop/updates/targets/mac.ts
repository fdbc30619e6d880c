import { placeOfBundle } from '../../system/bundle-place';
import { words } from '../../words/en';
import { assertUnchanged } from '../file-hash';
import type { InstallTarget, Squirrel, TargetOptions } from './target';

const LIMIT_MS = 5 * 60_000;

type Options = Pick<TargetOptions, 'squirrel' | 'quitAndInstall' | 'executableFile'>;

/** Creates the target for macOS: Squirrel replaces the app when this process has exited. */
export function macTarget({ squirrel, quitAndInstall, executableFile }: Options, place = placeOfBundle): InstallTarget {
  return {
    relaunchFile: undefined,
    needsPassword: () => false,
    createInstallation({ file, sha512 }) {
      const why = place(executableFile);
      return {
        manualStep: why && words.updateProblem.notReplaceable[why],
        prepare: () => assertUnchanged(file, sha512),
        apply: () => stageUpdate(squirrel()),
        quit: quitAndInstall,
      };
    },
  };
}

/**
 * Passes the download of electron-updater to Squirrel, which checks its code signature and replaces the app when this
 * process has exited. Rejects when Squirrel refuses the download, so that the old version can continue.
 */
export function stageUpdate(squirrel: Squirrel, limitMs = LIMIT_MS): Promise<void> {
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
