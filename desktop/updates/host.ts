import type { Events } from '../ipc/core/contract';
import type { Log } from '../log/log';
import type { BackendState } from '../server/core/state';
import type { Backend } from '../server/supervisor';
import type { SettingsStore } from '../settings/store';
import type { Platform } from '../system/core/platform';
import type { Result, UpdateCheck } from './core/offer';
import type { RollbackOption } from './core/record';

/** The parts of the app that updates need. */
export interface UpdateHost {
  launch: Launch;
  /** Why this is a test build, which cannot be released; undefined for a release. */
  testBuild: string | undefined;
  /** The running AppImage file; undefined when the app is not an AppImage. */
  appImageFile: string | undefined;
  windows(): Windows | undefined;
  flushPage(): void;
  /** Whether the app may be restarted now. Otherwise tells the user to wait. */
  confirmRestart(): boolean;
  /** Writes the logs and exits; the server has exited already. Starts `relaunchFile` afterwards, if there is one. */
  exitApp(relaunchFile?: string): Promise<void>;
  menuChanged(): void;
  /** Sets or removes the badge of the app's icon. */
  setBadge(description: string | undefined): void;
  /** Opens one of the app's own addresses in the browser. */
  openOwn(address: string): Promise<void>;
  /** Quits, and starts the app again when this process has exited. */
  relaunch(): void;
}

interface Launch {
  config: {
    mode: string;
    platform: Pick<Platform, 'processTable' | 'homeVariable'>;
    server: ServerCommand | { kind: 'attached' };
  };
  folders: { home: string; profile: string };
  settings: SettingsStore;
  log: Pick<Log, 'line'>;
  port: number;
  backend: Pick<Backend, 'state' | 'token' | 'start' | 'stop'>;
  flushLogs(): Promise<unknown>;
}

interface ServerCommand {
  kind: 'command';
  file: string;
  args: readonly string[];
  /** `child`: stock CachiBot in development, which cannot copy its database. */
  identity: 'token' | 'child';
}

interface Windows {
  focus(): void;
  send<Name extends keyof Events>(name: Name, payload: Events[Name]): void;
  /** The window whose entry in the taskbar shows the progress of a download. */
  main(): { setProgressBar(fraction: number): void } | undefined;
}

/** The updates, as the rest of the app uses them. */
export interface Updates {
  /** Receives each state of the server: a new version is on trial until the server has been ready. */
  serverChanged(state: BackendState): void;
  /** Checks for updates regularly from now on. Called after the first paint, so that a check does not delay the start. */
  startChecking(): void;
  check(): Promise<UpdateCheck>;
  download(): Promise<Result>;
  install(): Promise<void>;
  channelChanged(): void;
  menuItem(): { label: string; click?: () => void };
  rollbackOption(): RollbackOption | undefined;
  /** Replaces this version by the previous version, if the user agrees. */
  rollBack(): Promise<void>;
  /** Whether an installation or a rollback is in progress: the user may not start or restart the server. */
  isInstalling(): boolean;
  /** Whether `atQuit` has work to do before the app may quit. */
  delaysQuit(): boolean;
  /** The user has started the app again while it quits. Returns whether the update relaunches it. */
  requestRelaunch(): boolean;
  /** Waits for an installation in progress, or installs a download that is due at quit. Resolves when the app may quit. */
  atQuit(): Promise<void>;
}
