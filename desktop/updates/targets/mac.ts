/** What macOS installs updates with. */

/** The part of Electron's `autoUpdater` that is used here. */
export interface Squirrel {
  once(event: 'update-downloaded' | 'error', listener: (error: Error) => void): unknown;
  off(event: 'update-downloaded' | 'error', listener: (error: Error) => void): unknown;
  checkForUpdates(): void;
}

const LIMIT_MS = 5 * 60_000;

/**
 * Has Squirrel take over what electron-updater has downloaded, and check its code signature; when this process ends, it
 * is put in place. Rejects when that comes to nothing, so that the old version can go on.
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
    const limit = setTimeout(() => end(new Error('macOS has not taken it over in time.')), limitMs);
    squirrel.once('update-downloaded', taken);
    squirrel.once('error', refused);
    squirrel.checkForUpdates();
  });
}
