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
  /** Why this build is not for release; undefined for a release. */
  rehearsal: string | undefined;
  /** The file that runs; undefined when the app is not an AppImage. */
  appImageFile: string | undefined;
  windows(): Windows | undefined;
  flushPage(): void;
  /** Ends the app at once, after the logs; the server has exited already. Starts `program` afterwards, if there is one. */
  leave(program?: string): Promise<void>;
  menuChanged(): void;
  /** Starts the app again once this process has ended. */
  relaunch(): void;
}

interface Launch {
  config: {
    mode: string;
    platform: Pick<Platform, 'processTable' | 'homeVariable'>;
    server: ServerCommand | { kind: 'attached' };
  };
  folders: { home: string; profile: string };
  settings: Pick<SettingsStore, 'get'>;
  log: Pick<Log, 'line'>;
  port: number;
  backend: Pick<Backend, 'state' | 'token' | 'start' | 'stop'>;
  endLogs(): Promise<unknown>;
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
  send<Name extends keyof Events>(name: Name, notice: Events[Name]): void;
  main(): { setOverlayIcon(overlay: Electron.NativeImage | null, description: string): void } | undefined;
}

/** The updates, as the rest of the app uses them. */
export interface Updates {
  /** Takes each state of the server: a new version is on trial until the server has been ready. */
  follow(state: BackendState): void;
  /** The page has painted: from now on there is time for updates. */
  begin(): void;
  check(): Promise<UpdateCheck>;
  download(): Promise<Result>;
  install(): Promise<void>;
  channelChanged(): void;
  menuItem(): { label: string; click?: () => void };
  rollbackOption(): RollbackOption | undefined;
  /** Puts the previous version in the place of this one, if the user agrees. */
  rollBack(): Promise<void>;
  /** One version is being put in another's place: no server may be started. */
  isInstalling(): boolean;
  /** `atQuit` has something to do before the app may quit. */
  holdsQuit(): boolean;
  /** The app was started again while it quits. Returns whether an installer will start it. */
  requestRelaunch(): boolean;
  /** Finishes an installation, or installs what waits for the quit. Resolves when the quit may continue. */
  atQuit(): Promise<void>;
}
