/** The differences between the three systems, in one table. main.ts passes the system's name, `process.platform`. */

import { startup } from '../../words/startup';

export interface Platform {
  /** File name of the frozen server in resources/backend. */
  serverFile: string;
  /** True on macOS, where an app stays in the Dock without a window. */
  hasDock: boolean;
  /** The tray belongs to a program that may not run; the other systems always have one. */
  trayNeedsHost: boolean;
  /** True if the system draws the title bar, as on macOS; else the page does. */
  frame: boolean;
  /**
   * A page that is loaded after its process has crashed takes the focus from another program. Elsewhere the system does not
   * give it.
   */
  crashedPageTakesFocus: boolean;
  /**
   * Keys for back and forward arrive as app commands. With the mouse's buttons Chromium itself navigates, on all systems;
   * Electron on Linux reports an app command as well (electron/electron#32763).
   */
  hasAppCommands: boolean;
  /** A window has its `backgroundColor` until its first frame; with X11, a colour of the desktop's theme. */
  fillsNewWindows: boolean;
  /** The server gets its own process group, so that one signal reaches its children too; Windows uses a job object. */
  processGroup: boolean;
  /** Source of the process table: /proc, `ps`, or CIM through PowerShell. */
  processTable: 'proc' | 'ps' | 'cim';
  /** Time after the start before the server is recorded: PowerShell takes a second of CPU time. */
  recordAfterMs: number;
  /** macOS checks spelling itself; elsewhere Chromium would download a dictionary. */
  systemSpelling: boolean;
  /** The environment variable that names the home folder (`~`). */
  homeVariable: 'HOME' | 'USERPROFILE';
  /** Chromium reads the home folder from the variable only; elsewhere it calls the system. */
  homeFromVariable: boolean;
  /**
   * The user's folder for caches: the variable that names it, and its usual place in the home folder. On Windows it stays on
   * the computer, while the profile's folder is copied at each sign-in and sign-out.
   */
  caches: { variable?: string; inHome: string };
  /** Default settings folder, relative to home. Set only where a variable (XDG_CONFIG_HOME) can move it. */
  settingsInHome?: string;
  /** Matches the paths that Chromium regards as absolute. */
  absolutePath: RegExp;
  /** The instance lock is a symbolic link in the profile; on Windows it is a mutex. */
  lockIsLink: boolean;
  /** Folders for the instance lock's socket if TMPDIR cannot be used; empty where Chromium does not read TMPDIR. */
  temporaryFolders: readonly string[];
  /** Folder through whose files Chromium's processes share memory; the other systems need no files for that. */
  sharedMemory?: string;
  /** Source of random bytes that can be read before Electron has loaded `crypto`. Windows has none. */
  randomDevice?: string;
  /** Chromium crashes without a display; the other systems always have one. */
  needsDisplay: boolean;
  /**
   * Makes Chromium ignore the system's keyring: while a keyring does not respond, the first window is delayed. The page has
   * no cookies to encrypt.
   */
  passwordStore?: 'basic';
  /** Files and folders that change when a graphics driver is updated without the system. */
  graphicsDrivers: readonly string[];
  /** Start at login is a file of ours in the user's autostart folder; elsewhere the system stores it. */
  autostartFile: boolean;
  /** Terminals have an environment that programs started by the desktop lack: it comes from the files of the login shell. */
  hasLoginShell: boolean;
  /**
   * Identifies the app in Windows' notifications, taskbar and start at login. It equals `appId` in electron-builder.yml,
   * which the installer's shortcuts carry.
   */
  appUserModelId?: string;
}

const platforms = {
  win32: {
    serverFile: 'cachibot-server.exe',
    hasDock: false,
    trayNeedsHost: false,
    frame: false,
    crashedPageTakesFocus: false,
    hasAppCommands: true,
    fillsNewWindows: true,
    processGroup: false,
    processTable: 'cim',
    recordAfterMs: 20_000,
    systemSpelling: false,
    homeVariable: 'USERPROFILE',
    homeFromVariable: false,
    caches: { variable: 'LOCALAPPDATA', inHome: 'AppData/Local' },
    absolutePath: /^(?:[A-Za-z]:[/\\]|[/\\]{2})/,
    lockIsLink: false,
    temporaryFolders: [],
    needsDisplay: false,
    graphicsDrivers: ['C:\\Windows\\System32\\DriverStore\\FileRepository'],
    autostartFile: false,
    hasLoginShell: false,
    appUserModelId: 'org.cachibot.desktop',
  },
  darwin: {
    serverFile: 'cachibot-server',
    hasDock: true,
    trayNeedsHost: false,
    frame: true,
    crashedPageTakesFocus: false,
    hasAppCommands: false,
    fillsNewWindows: true,
    processGroup: true,
    processTable: 'ps',
    recordAfterMs: 0,
    systemSpelling: true,
    homeVariable: 'HOME',
    homeFromVariable: false,
    caches: { inHome: 'Library/Caches' },
    absolutePath: /^\//,
    lockIsLink: true,
    temporaryFolders: [],
    randomDevice: '/dev/urandom',
    needsDisplay: false,
    graphicsDrivers: [],
    autostartFile: false,
    hasLoginShell: true,
  },
  linux: {
    serverFile: 'cachibot-server',
    hasDock: false,
    trayNeedsHost: true,
    frame: false,
    crashedPageTakesFocus: true,
    hasAppCommands: false,
    fillsNewWindows: false,
    processGroup: true,
    processTable: 'proc',
    recordAfterMs: 0,
    systemSpelling: false,
    homeVariable: 'HOME',
    homeFromVariable: true,
    caches: { variable: 'XDG_CACHE_HOME', inHome: '.cache' },
    settingsInHome: '.config',
    absolutePath: /^\//,
    lockIsLink: true,
    temporaryFolders: ['/tmp', '/var/tmp'],
    sharedMemory: '/dev/shm',
    randomDevice: '/dev/urandom',
    needsDisplay: true,
    passwordStore: 'basic',
    graphicsDrivers: [
      '/usr/lib/dri',
      '/usr/lib64/dri',
      '/usr/lib/x86_64-linux-gnu/dri',
      '/usr/lib/aarch64-linux-gnu/dri',
      '/proc/driver/nvidia/version',
    ],
    autostartFile: true,
    hasLoginShell: true,
  },
} as const satisfies Record<string, Platform>;

/** Returns a system's row of the table. Throws an Error with a message for the user on any other system. */
export function platformFor(name: string): Platform {
  if (Object.hasOwn(platforms, name)) return platforms[name as keyof typeof platforms];
  throw new Error(startup.otherSystem(name));
}
