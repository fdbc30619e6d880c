import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { AUTOSTART_FILE, autostartEntry, HIDDEN, isEnabled, programOf } from './core/autostart-entry';
import type { Platform } from './core/platform';
import { readWholeFile } from './own-file';

/** The setting that starts the app at login. */
export interface Autostart {
  get(): boolean;
  /** The setting is on, but macOS waits for the user's approval in its own settings. */
  needsApproval(): boolean;
  /** Throws the system's error. */
  set(on: boolean): void;
  /**
   * Updates the entry to this program if the entry's program is missing: users move AppImages. As long as that program
   * exists, another copy that runs does not change the entry.
   */
  repair(): void;
}

/** Opens the setting of this system. `program`: the file that starts the app. */
export function openAutostart(
  { autostartFile, hasDock }: Pick<Platform, 'autostartFile' | 'hasDock'>,
  configFolder: string,
  program: string,
): Autostart {
  if (!autostartFile) return createSystemAutostart(hasDock ? [] : [HIDDEN]);
  return createFileAutostart(configFolder, app.isPackaged ? [program] : [program, app.getAppPath()]);
}

/** Uses the system's own setting. `args`: for Windows; macOS passes none, and tells later that it has started the app. */
function createSystemAutostart(args: string[]): Autostart {
  const read = () => app.getLoginItemSettings({ args });
  const needsApproval = () => read().status === 'requires-approval';
  return {
    get() {
      const { openAtLogin, executableWillLaunchAtLogin } = read();
      // Windows only: false if the user has switched it off in the Task Manager.
      return (openAtLogin && executableWillLaunchAtLogin !== false) || needsApproval();
    },
    needsApproval,
    set: on => app.setLoginItemSettings({ args, openAtLogin: on, enabled: true }),
    repair() {},
  };
}

/**
 * Uses a file in the user's autostart folder, on Linux. `command` is the program; in a clone it is Electron and the clone's
 * folder.
 */
export function createFileAutostart(configFolder: string, command: readonly string[]): Autostart {
  const folder = join(configFolder, 'autostart');
  const file = join(folder, AUTOSTART_FILE);
  const entry = autostartEntry([...command, HIDDEN]);
  const read = () => {
    try {
      return readWholeFile(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };
  const write = () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, entry);
  };
  const readIfOn = () => {
    const stored = read();
    return stored !== undefined && isEnabled(stored) ? stored : undefined;
  };
  // A clone must not replace the installed app in the entry.
  const inClone = command.length > 1;

  return {
    get: () => readIfOn() !== undefined,
    needsApproval: () => false,
    set(on) {
      if (on) write();
      else rmSync(file, { force: true });
    },
    repair() {
      const program = programOf(readIfOn() ?? '');
      if (!inClone && program !== undefined && !existsSync(program)) write();
    },
  };
}
