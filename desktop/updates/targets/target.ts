/** Installs and rolls back one format of the app. */
export interface InstallTarget {
  /** The program that the app itself relaunches; undefined where the installer relaunches the app. */
  readonly relaunchFile: string | undefined;
  /** Whether the user must enter a password for an installation, so that none can happen at quit. */
  needsPassword(): boolean;
  /** Creates the installation of a download. Changes nothing yet. */
  createInstallation(download: Download): Installation;
  /** Absent where the previous version is not kept. */
  readonly rollback?: Rollback;
  /** Removes the files that an interrupted update has left. */
  removeLeftovers?(): Promise<void>;
}

/** A file that was verified when it was downloaded. */
export interface Download {
  file: string;
  /** In base64, from the signed manifest. */
  sha512: string;
}

export interface Installation {
  /** Why the app cannot install it, and the command for the user; undefined when the app can install it. */
  readonly manualStep?: string | undefined;
  /** The file that keeps the current version for a rollback; undefined when it is not kept. */
  readonly previous?: string | undefined;
  /** Does all that can fail before the server is stopped. */
  prepare(): Promise<void>;
  /** Replaces the old version, or starts the installer that replaces it when this process has exited. */
  apply(): Promise<void>;
  /** Quits the app, where the installer must do that. */
  quit?(): Promise<void>;
}

export interface Rollback {
  /** Rejects when the rollback cannot succeed, before any data is touched. */
  assertPossible(previous: string): Promise<void>;
  /** Replaces this version by the previous version, or starts the installer of the previous version. */
  restorePrevious(previous: string): Promise<void>;
}

export interface TargetOptions {
  /** The version that runs. */
  version: string;
  /** The running AppImage file; undefined when the app is not an AppImage. */
  appImageFile: string | undefined;
  /** The executable of this process. */
  executableFile: string;
  isRoot: boolean;
  /** Whether an installer must relaunch the app. Call it when the installer starts: the user may quit or relaunch before. */
  shouldRelaunch(): boolean;
  /** macOS only. */
  squirrel(): Squirrel;
  /** macOS only: quits, and Squirrel replaces the app. */
  quitAndInstall(): Promise<void>;
  log(line: string): void;
}

/** The part of Electron's `autoUpdater` that is used here. On macOS that is Squirrel, which replaces the app. */
export interface Squirrel {
  once(event: 'update-downloaded' | 'error', listener: (error: Error) => void): unknown;
  off(event: 'update-downloaded' | 'error', listener: (error: Error) => void): unknown;
  checkForUpdates(): void;
}
