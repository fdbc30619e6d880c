/** How one format of the app is installed, and rolled back. */
export interface InstallTarget {
  /** The program that the app itself starts again; undefined where the system's installer starts it. */
  readonly relaunchFile: string | undefined;
  /** The installation asks for a password, so it cannot happen at quit. */
  asksForPassword(): boolean;
  /** The installation of a download. Touches nothing yet. */
  installation(download: Download): Installation;
  /** Absent where no previous version is kept. */
  readonly rollback?: Rollback;
  /** Removes what an interrupted update has left. */
  removeLeftovers?(): Promise<void>;
}

/** A file that was verified when it was downloaded. */
export interface Download {
  file: string;
  /** In base64, from the signed manifest. */
  sha512: string;
}

export interface Installation {
  /** Why the app cannot install it, and the command for the user; undefined when the app can. */
  readonly manualStep?: string | undefined;
  /** The file in which `prepare` keeps the current version. */
  readonly previous?: string | undefined;
  /** All that can fail before the server is stopped. */
  prepare(): Promise<void>;
  /** Puts the new version in place, or starts the installer that does so once this process has ended. */
  apply(): Promise<void>;
  /** Ends the app, where its end has to be left to the installer. */
  quit?(): Promise<void>;
}

export interface Rollback {
  /** Rejects when the rollback cannot succeed, before any data is touched. */
  expectPossible(previous: string): Promise<void>;
  /** Puts the previous version in place, or starts its installer. */
  restorePrevious(previous: string): Promise<void>;
}

export interface TargetOptions {
  /** The version that runs. */
  version: string;
  /** The file that runs, when it is an AppImage. */
  appImageFile: string | undefined;
  /** The program that runs, when it is not one. */
  programFile: string;
  isRoot: boolean;
  /** Whether an installer has to start the app. Asked at the last moment: the user may quit or relaunch meanwhile. */
  relaunchesAfter(): boolean;
  /** macOS only. */
  squirrel(): Squirrel;
  /** macOS only: quits, and Squirrel replaces the app. */
  quitAndInstall(): Promise<void>;
  log(line: string): void;
}

/** The part of Electron's `autoUpdater` that is used here: Squirrel, which replaces the app on macOS. */
export interface Squirrel {
  once(event: 'update-downloaded' | 'error', listener: (error: Error) => void): unknown;
  off(event: 'update-downloaded' | 'error', listener: (error: Error) => void): unknown;
  checkForUpdates(): void;
}
