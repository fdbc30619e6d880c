/** Every way the three systems differ, in one table. `process.platform` is read in main.ts only. */

import { startup } from '../../words/startup';

export interface Platform {
  /** File name of the frozen server in resources/backend. */
  serverFile: string;
  /** macOS apps stay in the Dock with no window open. */
  quitsWithLastWindow: boolean;
  /** The page draws its own title bar, except where the system's traffic lights stay. */
  frame: boolean;
  /** A group of its own lets one signal reach the server's children too; Windows has a job object instead. */
  processGroup: boolean;
  /** Source of the process table: /proc, `ps`, or CIM through PowerShell. */
  processTable: 'proc' | 'ps' | 'cim';
  /** Time after the start before the server is recorded: PowerShell takes a second of CPU time. */
  recordAfterMs: number;
  /** macOS checks spelling itself; elsewhere Chromium would fetch a dictionary from the network. */
  systemSpelling: boolean;
  /** The variable that decides where `~` is, for Python and for us. */
  homeVariable: 'HOME' | 'USERPROFILE';
  /** Chromium takes the home from the variable alone; elsewhere it asks the system. */
  homeFromVariable: boolean;
  /** The instance lock is a symbolic link in the profile; on Windows it is a mutex. */
  lockIsLink: boolean;
  /** Where the socket of the instance lock goes when TMPDIR cannot be used; empty where Chromium does not read TMPDIR. */
  temporaryFolders: readonly string[];
  /**
   * Keeps Chromium from the system's keyring, which delays the first window for as long as it does not answer. The page
   * has no cookies to encrypt.
   */
  passwordStore?: 'basic';
  /** Starting with the system is a file of ours in the user's autostart folder; elsewhere the system stores it. */
  autostartFile: boolean;
  /**
   * Who this is for Windows' notifications, taskbar and start at login: the `appId` of electron-builder.yml, which the
   * installer gives its shortcuts.
   */
  appUserModelId?: string;
}

const platforms = {
  win32: {
    serverFile: 'cachibot-server.exe',
    quitsWithLastWindow: true,
    frame: false,
    processGroup: false,
    processTable: 'cim',
    recordAfterMs: 20_000,
    systemSpelling: false,
    homeVariable: 'USERPROFILE',
    homeFromVariable: false,
    lockIsLink: false,
    temporaryFolders: [],
    autostartFile: false,
    appUserModelId: 'org.cachibot.desktop',
  },
  darwin: {
    serverFile: 'cachibot-server',
    quitsWithLastWindow: false,
    frame: true,
    processGroup: true,
    processTable: 'ps',
    recordAfterMs: 0,
    systemSpelling: true,
    homeVariable: 'HOME',
    homeFromVariable: false,
    lockIsLink: true,
    temporaryFolders: [],
    autostartFile: false,
  },
  linux: {
    serverFile: 'cachibot-server',
    quitsWithLastWindow: true,
    frame: false,
    processGroup: true,
    processTable: 'proc',
    recordAfterMs: 0,
    systemSpelling: false,
    homeVariable: 'HOME',
    homeFromVariable: true,
    lockIsLink: true,
    temporaryFolders: ['/tmp', '/var/tmp'],
    passwordStore: 'basic',
    autostartFile: true,
  },
} as const satisfies Record<string, Platform>;

/** Throws for a system the app is not made for. */
export function platformFor(name: string): Platform {
  if (Object.hasOwn(platforms, name)) return platforms[name as keyof typeof platforms];
  throw new Error(startup.otherSystem(name));
}
