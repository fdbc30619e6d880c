import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { AUTOSTART_FILE, autostartEntry, isSwitchedOn, programOf } from './core/autostart-entry';

/** Whether the app starts when the user logs in. */
export interface Autostart {
  get(): boolean;
  /** Throws what the system says. */
  set(on: boolean): void;
  /**
   * Makes the entry start this program if the one that it starts is gone: users move an AppImage where they like. While
   * that program exists it stays in the entry, whichever other copy is run.
   */
  repair(): void;
}

/** macOS and Windows store it themselves. */
export function createSystemAutostart(): Autostart {
  return {
    get: () => app.getLoginItemSettings().openAtLogin,
    set: on => app.setLoginItemSettings({ openAtLogin: on }),
    repair() {},
  };
}

/**
 * A file in the user's autostart folder, as Linux desktops have it. `command` is the program; in a clone it is Electron
 * and the clone's folder.
 */
export function createFileAutostart(configFolder: string, command: readonly string[]): Autostart {
  const folder = join(configFolder, 'autostart');
  const file = join(folder, AUTOSTART_FILE);
  const entry = autostartEntry(command);
  const read = () => {
    try {
      return readFileSync(file, 'utf8');
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
    const there = read();
    return there !== undefined && isSwitchedOn(there) ? there : undefined;
  };
  // A run of a clone does not know where the installed app is, which the entry may name.
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
