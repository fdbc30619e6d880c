import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { AUTOSTART_FILE, autostartEntry, isEnabled, programOf } from './core/autostart-entry';
import type { Platform } from './core/platform';
import { readWholeFile } from './own-file';

/** The setting that starts the app at login. */
export interface Autostart {
  get(): boolean;
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
  { autostartFile }: Pick<Platform, 'autostartFile'>,
  configFolder: string,
  program: string,
): Autostart {
  if (!autostartFile) return createSystemAutostart();
  return createFileAutostart(configFolder, app.isPackaged ? [program] : [program, app.getAppPath()]);
}

/** Uses the system's own setting, on macOS and Windows. */
function createSystemAutostart(): Autostart {
  return {
    get: () => app.getLoginItemSettings().openAtLogin,
    set: on => app.setLoginItemSettings({ openAtLogin: on }),
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
  const entry = autostartEntry(command);
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
