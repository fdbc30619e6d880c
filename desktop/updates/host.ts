import type { Events } from '../ipc/core/contract';
import type { Log } from '../log/log';
import type { Backend } from '../server/supervisor';
import type { SettingsStore } from '../settings/store';
import type { Platform } from '../system/core/platform';

/** What the updates need of the app. */
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
  beginAnew(): void;
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
  tell<Name extends keyof Events>(name: Name, notice: Events[Name]): void;
  main(): { setOverlayIcon(overlay: Electron.NativeImage | null, description: string): void } | undefined;
}
